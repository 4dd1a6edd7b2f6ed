import Base
import HTTPTransport

/// The HTTP form of PowerDNS's questions: the method and its arguments are in the path, who asks in headers; or all of it
/// is JSON in the body (`post_json`).
enum BackendRequest {
    /// The names of the arguments that follow a method in the path.
    private static let arguments: [String: [String]] = [
        "lookup": ["qname", "qtype"], "list": ["id", "zonename"], "getalldomainmetadata": ["name"],
        "getdomainmetadata": ["name", "kind"], "setdomainmetadata": ["name", "kind"], "getdomainkeys": ["name"],
        "getdomaininfo": ["name"], "adddomainkey": ["name"], "removedomainkey": keyArguments,
        "activatedomainkey": keyArguments, "deactivatedomainkey": keyArguments,
        "publishdomainkey": keyArguments, "unpublishdomainkey": keyArguments,
        "getbeforeandafternamesabsolute": ["id", "qname"], "getalldomains": [], "directbackendcmd": [],
    ]
    // PowerDNS 4.7 writes them in this order; its documentation has them the other way round.
    private static let keyArguments = ["id", "name"]
    private static let headers: [(header: String, parameter: String)] = [
        ("X-RemoteBackend-remote", "remote"), ("X-RemoteBackend-real-remote", "real-remote"),
        ("X-RemoteBackend-local", "local"), ("X-RemoteBackend-zone-id", "zone-id"),
    ]

    /// The question of a request; `nil` when it is none.
    static func question(_ request: HTTPRequest) -> BackendQuestion? {
        if request.body.first == UInt8(ascii: "{"), let question = BackendQuestion(json: request.body) {
            return question
        }
        let parts = request.path.split(separator: "/").map { PercentEncoding.decode(String($0)) }
        guard let place = parts.firstIndex(where: { arguments[$0.lowercased()] != nil }),
            let names = arguments[parts[place].lowercased()]
        else { return nil }
        var values = Array(parts[(place + 1)...])
        if names == keyArguments, values.count > 1, UInt64(values[0]) == nil { values.swapAt(0, 1) }
        var members: [JSONValue.Member] = zip(names, values).map {
            JSONValue.Member(name: $0, value: .string($1))
        }
        for (header, parameter) in headers {
            if let value = request[header] { members.append(JSONValue.Member(name: parameter, value: .string(value))) }
        }
        // With `post` and without `post_json` a field has it all.
        let form = FormFields(request.body.isEmpty ? request.query : String(decoding: request.body, as: UTF8.self))
        if let json = form.all.first(where: { $0.name == "parameters" })?.value,
            case .object(let all)? = JSONValue(parsing: Array(json.utf8))
        {
            members += all
        }
        members += fields(form)
        return BackendQuestion(parts[place], .object(members))
    }

    /// What a form says: lists have `[]` behind their names, a key is in fields of its own.
    private static func fields(_ form: FormFields) -> [JSONValue.Member] {
        var members: [JSONValue.Member] = []
        var lists: [String: [JSONValue]] = [:]
        var key: [JSONValue.Member] = []
        for (name, value) in form.all.map({ ($0.name, $0.value) }) {
            if name.hasSuffix("[]") {
                lists[String(name.dropLast(2)), default: []].append(.string(value))
            } else if ["flags", "content"].contains(name) {
                key.append(JSONValue.Member(name: name, value: .string(value)))
            } else if ["active", "published"].contains(name) {
                key.append(JSONValue.Member(name: name, value: .bool(value.isTrueSetting)))
            } else {
                members.append(JSONValue.Member(name: name, value: .string(value)))
            }
        }
        members += lists.map { JSONValue.Member(name: $0.key, value: .array($0.value)) }
        if !key.isEmpty { members.append(JSONValue.Member(name: "key", value: .object(key))) }
        return members
    }
}
