/// What an expression may see: the owner of names and API commands while text is expanded.
///
/// The owner decides the order in which names are looked up (scope variables, channel variables, `aleg_`/`bleg_`
/// fields, caller-profile fields, global variables) and what is permitted: for a forbidden name or command it returns
/// the literal text that shall stand in its place.
public protocol ExpansionScope {
    /// The value of a name in its raw form, or nil when nothing bears it; the value is expanded again by the caller.
    ///
    /// - Parameter index: the element asked for by `${name[index]}`; see ``VariableArray/element(_:of:)``.
    func variable(_ name: String, index: Int?) -> String?

    /// Runs an API command and returns its output, or nil when there is no such command.
    func callAPI(_ name: String, arguments: String) async -> String?
}

extension ExpansionScope {
    /// The value of a name in its raw form.
    public func variable(_ name: String) -> String? { variable(name, index: nil) }
}

/// What a hostile value may cost; expansion beyond a limit ends quietly with the text so far.
public enum ExpansionLimits {
    /// How deep values may refer to values; deeper references stay as text.
    public static let depth = 100
    /// How many references one expansion resolves; `${a}` of `${b}${b}` of `${c}${c}` … doubles with every level.
    public static let references = 10_000
    /// How many bytes of values one expansion reads; reading compiles them, so this bounds its time.
    public static let work = 16 << 20
    /// The longest result, in bytes.
    public static let length = 1 << 20
    /// How deep `${…}` may be written inside `${…}`; deeper text is kept literally.
    public static let nesting = 64
}
