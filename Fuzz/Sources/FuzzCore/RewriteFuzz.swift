import SwitchCore

@testable import ENUMText

/// Feeds text to the reader of NAPTR records' expressions, and what they make of a number to that of dial strings.
public enum RewriteFuzz {
    /// Runs one input; a disagreement traps.
    public static func run(_ bytes: [UInt8]) {
        check(String(decoding: bytes, as: UTF8.self))
        guard let expression = try? RewriteExpression(String(decoding: bytes, as: UTF8.self)) else { return }
        precondition(expression.pattern.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "a pattern can be shown")
        guard let text = try? expression.substituting(["+1234", "1", "", "234"]) else { return }
        precondition(text.utf8.count <= RewriteExpression.maximumResultLength, "a result has a limit")
        check(text)
    }

    /// What is harmless is one destination, and nothing else.
    private static func check(_ text: String) {
        guard text.utf8.count <= RewriteExpression.maximumResultLength, DialStringText.isHarmless(text) else { return }
        guard let dialled = try? DialString(parsing: "sofia/out/" + text) else {
            preconditionFailure("what is harmless is no error")
        }
        let legs = dialled.groups.flatMap { $0.alternatives.flatMap { $0 } }
        precondition(legs.map(\.destination) == ["out/" + text], "it is one destination as it is")
        precondition(legs.allSatisfy(\.variables.isEmpty), "it sets no variables")
        precondition(Template(text).literal == text, "it is no expression")
        precondition(!text.lowercased().contains(";fs_"), "it has no parameter of the switch's own")
    }
}
