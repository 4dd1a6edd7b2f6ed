import Logging
public import SwitchCore

/// `mod_hash`: values that live as long as the program, and the backend `hash` of `limit`.
public final class HashModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_hash"

    private let softswitch: Switch
    private let store = KeyValueStore()
    private let limits = LimitTable()

    /// The module for a switch.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
    }

    /// Registers the applications, the commands and the backend.
    public func start() async throws {
        softswitch.limits.register(limits, as: "hash")
        softswitch.applications.register(application, as: "hash")
        for command in [command, dump] { softswitch.commands.register(command, as: command.name) }
    }

    private static let usage = "insert|insert_ifempty|delete|delete_ifmatch/<realm>/<key>/<value>"

    private var application: Application {
        Application("hash", syntax: Self.usage, [.noMedia, .zombie]) { [store] session, data in
            guard let request = StoreRequest(data),
                ["insert", "insert_ifempty", "delete", "delete_ifmatch"].contains(request.verb),
                Self.answer(request, store) != nil
            else { throw ApplicationError("hash needs \(Self.usage), not \"\(data)\"") }
        }
    }

    private var command: APICommand {
        let syntax = "insert|insert_ifempty|select|delete|delete_ifmatch/realm/key[/value]"
        return APICommand("hash", syntax: syntax, summary: "keeps values in memory") { [store] _, text in
            StoreRequest(text).flatMap { Self.answer($0, store) } ?? "-ERR Usage: hash \(syntax)\n"
        }
    }

    /// The answer to a request; `nil` when it is not written as one.
    private static func answer(_ request: StoreRequest, _ store: KeyValueStore) -> String? {
        guard let key = request.key else { return nil }
        do throws(KeyValueStore.Refusal) {
            switch (request.verb, request.value) {
            case ("insert", let value?): try store.insert(value, request.realm, key)
            case ("insert_ifempty", let value?): try store.insert(value, request.realm, key, ifEmpty: true)
            case ("delete", _): try store.delete(request.realm, key)
            case ("delete_ifmatch", let value?): try store.delete(request.realm, key, ifEqualTo: value)
            case ("select", _): return store[request.realm, key] ?? ""
            default: return nil
            }
            return "+OK\n"
        } catch {
            switch error {
            case .exists: return "-ERR key already exists\n"
            case .missing: return "-ERR Not found\n"
            case .different: return "-ERR Doesn't match\n"
            case .full: return "-ERR no room\n"
            }
        }
    }

    private var dump: APICommand {
        APICommand("hash_dump", syntax: "all|limit|db [<realm>]", summary: "shows what is kept and counted") {
            [store, limits] _, text in
            let words = text.split(separator: " ").map(String.init)
            guard let what = words.first, ["all", "limit", "db"].contains(what) else {
                return "Usage: all|limit|db [<realm>]\n"
            }
            var lines: [String] = []
            if what != "db" { lines += limits.lines }
            if what != "limit" {
                lines += store.all.filter { words.count < 2 || $0.realm == words[1] }.map {
                    "D/\($0.realm)_\($0.key)/\($0.value)"
                }
            }
            return lines.map { $0 + "\n" }.joined()
        }
    }
}
