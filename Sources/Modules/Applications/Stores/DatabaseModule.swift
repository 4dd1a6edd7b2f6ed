import Base
public import SwitchCore
import Synchronization

/// `mod_db`: `db` and `group`, and the backend `db` of `limit`.
///
/// FreeSWITCH keeps these in a database; here they live as long as the program.
public final class DatabaseModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_db"

    private let softswitch: Switch
    private let store = KeyValueStore()
    private let groups = URLGroups()

    /// The module for a switch.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
    }

    /// Registers the applications, the commands and the backend.
    public func start() async throws {
        softswitch.limits.register(LimitTable(), as: "db")
        let (store, groups) = (store, groups)
        let applications = [
            Application("db", syntax: "insert|delete/<realm>/<key>/<value>", [.noMedia, .zombie]) { _, data in
                guard let request = StoreRequest(data), ["insert", "delete"].contains(request.verb),
                    Self.change(request, store)
                else { throw ApplicationError("db needs insert|delete/realm/key/value, not \"\(data)\"") }
            },
            Application("group", syntax: "insert|delete:<group>:<url>", [.noMedia, .zombie]) { _, data in
                guard groups.change(data) else {
                    throw ApplicationError("group needs insert|delete:group:url, not \"\(data)\"")
                }
            },
        ]
        for application in applications { softswitch.applications.register(application, as: application.name) }
        for command in [Self.command(store), Self.groupCommand(groups)] {
            softswitch.commands.register(command, as: command.name)
        }
    }

    private static func change(_ request: StoreRequest, _ store: KeyValueStore) -> Bool {
        guard let key = request.key else { return false }
        switch (request.verb, request.value) {
        case ("insert", let value?):
            return (try? store.insert(value, request.realm, key)) != nil
        case ("delete", _):
            // What is not there is deleted.
            try? store.delete(request.realm, key)
            return true
        default: return false
        }
    }

    private static func command(_ store: KeyValueStore) -> APICommand {
        let syntax = "[insert|delete|select|exists|count|list]/<realm>/<key>/<value>"
        return APICommand("db", syntax: syntax, summary: "keeps values") { _, text in
            guard let request = StoreRequest(text) else { return failed }
            switch (request.verb, request.key) {
            case ("select", let key?): return store[request.realm, key] ?? ""
            case ("exists", let key?): return store[request.realm, key] == nil ? "false" : "true"
            case ("count", nil):
                let count = request.realm.isEmpty ? store.all.count : store.names(in: request.realm).count
                return String(count)
            case ("list", nil):
                return store.names(in: request.realm.isEmpty ? nil : request.realm).joined(separator: ",")
            default: return change(request, store) ? done : failed
            }
        }
    }

    private static func groupCommand(_ groups: URLGroups) -> APICommand {
        let syntax = "[insert|delete|call]:<group name>:<url>"
        return APICommand("group", syntax: syntax, summary: "lists of dial strings") { _, text in
            let parts = ListSplitter.split(text, by: ":", limit: 3)
            if parts.count > 1, parts[0].lowercased() == "call" {
                let order = parts.count > 2 ? parts[2].lowercased() : ""
                return groups[parts[1]].joined(separator: ["order": "|", "multi": ":_:"][order] ?? ",")
            }
            return groups.change(text) ? done : failed
        }
    }

    /// The answers of both, which have no line end.
    private static let (done, failed) = ("+OK", "!err!")
}

/// Dial strings by the name of a group, in the order in which they came.
final class URLGroups: Sendable {
    /// How many groups there may be, and how many dial strings in one.
    static let (groupLimit, memberLimit) = (10_000, 128)

    private let groups = Mutex<[String: [String]]>([:])

    subscript(name: String) -> [String] {
        groups.withLock { $0[name] ?? [] }
    }

    /// Does `insert:group:url` or `delete:group:url`, where `*` is every URL; false when it is neither.
    func change(_ text: String) -> Bool {
        let parts = ListSplitter.split(text, by: ":", limit: 3)
        guard parts.count == 3 else { return false }
        let (name, url) = (parts[1], parts[2])
        return groups.withLock { groups in
            var members = groups[name] ?? []
            switch parts[0].lowercased() {
            case "insert":
                guard members.contains(url) || members.count < Self.memberLimit,
                    groups[name] != nil || groups.count < Self.groupLimit
                else { return false }
                if !members.contains(url) { members.append(url) }
            case "delete":
                members.removeAll { url == "*" || $0 == url }
            default: return false
            }
            groups[name] = members.isEmpty ? nil : members
            return true
        }
    }
}
