/// One step of a hunt, for operators who debug their dialplan.
public enum DialplanTrace: Sendable, Hashable {
    /// An extension is tried.
    case tryingExtension(name: String, continues: Bool)
    /// A field was tested against an expression.
    case tested(extensionName: String, field: String, value: String, expression: String, passed: Bool)
    /// Time attributes were tested.
    case testedTime(extensionName: String, passed: Bool)
    /// A condition without any test passed.
    case absolute(extensionName: String)
    /// An application was added or executed inline.
    case action(extensionName: String, DialplanAction, isAnti: Bool, isInline: Bool)
    /// An expression that is known only at run time cannot be compiled, or a match cost too much; it does not match.
    case invalidExpression(extensionName: String, expression: String, message: String)
}
