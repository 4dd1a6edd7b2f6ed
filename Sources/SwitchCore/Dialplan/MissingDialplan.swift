/// A dialplan that is named and not there: one that FreeSWITCH has, or a slip of the pen.
struct MissingDialplan: CustomStringConvertible {
    let name: String

    private static let elsewhere: Set<String> = [
        "asterisk", "directory", "lcr", "lua", "signalwire", "translate",
    ]

    var description: String {
        Self.elsewhere.contains(name.lowercased())
            ? "not in this version: the dialplan \(name)" : "no such dialplan: \(name)"
    }
}
