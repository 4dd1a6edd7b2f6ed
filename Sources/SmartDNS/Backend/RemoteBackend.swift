import Base
import DNSMessage

/// Answers PowerDNS's remote back end (protocol of version 4.7).
///
/// A value: a question goes in, a line of JSON comes out.
struct RemoteBackend: Sendable {
    /// What it needs from whoever has the zones and decides.
    struct Context {
        let zones: ZoneSet
        /// A random number.
        let chance: UInt64
        /// Where an asker should go; `nil` is nobody, when PowerDNS asks for itself.
        let decide: Responder.Decide
        /// Told of names that depend on who asks, and who does.
        var note: (DomainName, IPPrefix?) -> Void = { _, _ in }
        /// What an operator is told who asks why.
        let explain: (String) -> String
    }

    /// What is kept for PowerDNS.
    var store = KeyStore()

    static let failure = "{\"result\":false}"
    private static let success = "{\"result\":true}"

    /// The answer to a question.
    mutating func answer(_ question: BackendQuestion, _ context: Context) -> String {
        switch question.method {
        case "initialize": Self.success
        case "lookup": lookup(question, context)
        case "list": list(question, context)
        case "getalldomains": Self.result(array: context.zones.zones.indices.map { domain($0, context) })
        case "getdomaininfo": zone(question, context).map { Self.result(domain($0, context)) } ?? Self.failure
        case "getbeforeandafternamesabsolute": neighbours(question, context)
        case "getalldomainmetadata": allMetadata(question)
        case "getdomainmetadata": metadata(question)
        case "setdomainmetadata": setMetadata(question, context)
        case "directbackendcmd": Self.result(JSONText.quoted(context.explain(question.text("query") ?? "")))
        case "getupdatedmasters", "getunfreshslaveinfos", "gettsigkeys": Self.result("[]")
        case "getdomainkeys", "adddomainkey", "removedomainkey", "activatedomainkey", "deactivatedomainkey",
            "publishdomainkey", "unpublishdomainkey":
            keys(question, context)
        // What there is not; PowerDNS takes it as that.
        default: Self.failure
        }
    }

    static func result(_ json: String) -> String { "{\"result\":" + json + "}" }
    static func result(array: [String]) -> String { result(JSONText.array(json: array)) }

    // MARK: - Zones

    private func zone(_ question: BackendQuestion, _ context: Context) -> Int? {
        let text = question.text("name") ?? question.text("zonename") ?? question.text("domain") ?? ""
        guard let name = DomainName(text) else { return nil }
        return context.zones.index(named: name)
    }

    private func domain(_ index: Int, _ context: Context) -> String {
        let zone = context.zones.zones[index]
        let serial = String(context.zones.authority(of: zone).serial)
        return JSONText.object(json: [
            ("id", String(zone.id)), ("zone", JSONText.quoted("\(zone.name)")), ("masters", "[]"),
            ("notified_serial", serial), ("serial", serial),
            ("last_check", "0"), ("kind", "\"native\""),
        ])
    }

    // MARK: - Records

    private func lookup(_ question: BackendQuestion, _ context: Context) -> String {
        guard let name = question.text("qname").flatMap({ DomainName($0) }),
            let type = RecordType(name: question.text("qtype") ?? "ANY")
        else { return Self.failure }
        // PowerDNS says whom it asks for, as a network; all networks together are itself.
        let asker = (question.text("real-remote") ?? question.text("remote")).flatMap { IPPrefix($0) }
        let network = asker.flatMap { $0.length == 0 ? nil : $0 }
        // An alias at the answer's place would be taken for its target: PowerDNS asks for aliases, and follows them.
        let outcome = context.zones.answer(name, type, isWhole: false, chance: context.chance) {
            context.note(name, asker)
            return context.decide(network, $0)
        }
        let number = context.zones.index(of: name).map { context.zones.zones[$0].id }
        switch outcome {
        case .rows(let rows): return Self.result(array: rows.map { Self.row($0, number) })
        case .noData(let zone) where type == .any && zone.isEmpty(name): return Self.result(array: [nothing(at: name)])
        case .noData, .noName, .notOurs: return Self.result("[]")
        }
    }

    /// What PowerDNS has for a name that is there only because others are below it: without a row it would not exist.
    private func nothing(at name: DomainName) -> String {
        JSONText.object(json: [
            ("qtype", "\"ENT\""), ("qname", JSONText.quoted("\(name)")), ("content", "\"\""), ("ttl", "0"),
            ("auth", "1"),
        ])
    }

    private func list(_ question: BackendQuestion, _ context: Context) -> String {
        guard let index = zone(question, context) else { return Self.failure }
        let zone = context.zones.zones[index]
        let rows = context.zones.allRows(of: zone, context.decide(nil, false))
        return Self.result(array: rows.map { Self.row($0, zone.id) })
    }

    private static func row(_ row: ZoneSet.Row, _ zone: Int?) -> String {
        var members = [
            ("qtype", JSONText.quoted("\(row.data.type)")), ("qname", JSONText.quoted("\(row.name)")),
            ("content", JSONText.quoted("\(row.data)")), ("ttl", String(row.ttl)), ("auth", "1"),
        ]
        if let zone { members.append(("domain_id", String(zone))) }
        if row.scope > 0 { members.append(("scopeMask", String(row.scope))) }
        return JSONText.object(json: members.map { (name: $0.0, value: $0.1) })
    }

    /// The names around one that is relative to its zone, relative themselves.
    private func neighbours(_ question: BackendQuestion, _ context: Context) -> String {
        guard let index = question.integer("id").flatMap({ context.zones.index(numbered: $0) }),
            let relative = DomainName(question.text("qname").map { $0.isEmpty ? "." : $0 } ?? "")
        else { return Self.failure }
        let zone = context.zones.zones[index]
        guard let name = relative.appending(zone.name) else { return Self.failure }
        let (before, after) = zone.neighbours(of: name)
        return Self.result(
            JSONText.object([
                ("unhashed", text(before, in: zone)), ("before", text(before, in: zone)),
                ("after", text(after, in: zone)),
            ])
        )
    }

    private func text(_ name: DomainName, in zone: Zone) -> String {
        name.relative(to: zone.name)?.description ?? "."
    }

    // MARK: - What is kept

    private func zoneText(_ question: BackendQuestion) -> String {
        question.text("name").flatMap { DomainName($0) }.map { "\($0)".lowercased() } ?? ""
    }

    private func allMetadata(_ question: BackendQuestion) -> String {
        let kinds = (store.metadata[zoneText(question)] ?? [:]).filter { isInForce($0.key, question) }
        return Self.result(
            JSONText.object(
                json: kinds.sorted { $0.key < $1.key }.map {
                    ($0.key, JSONText.array(json: $0.value.map { JSONText.quoted($0) }))
                }
            )
        )
    }

    private func metadata(_ question: BackendQuestion) -> String {
        let kind = question.text("kind") ?? ""
        let values = isInForce(kind, question) ? store.metadata[zoneText(question)]?[kind] ?? [] : []
        return Self.result(array: values.map { JSONText.quoted($0) })
    }

    private static let hashed = "NSEC3PARAM"
    private static let narrow = "NSEC3NARROW"

    /// Whether something that was said of a zone counts.
    ///
    /// Hashed denials do when PowerDNS makes them up for each answer (RFC 7129, appendix B). For others it would ask for
    /// neighbours of hashes, of which we know none.
    private func isInForce(_ kind: String, _ question: BackendQuestion) -> Bool {
        kind != Self.hashed || store.metadata[zoneText(question)]?[Self.narrow]?.first == "1"
    }

    private mutating func setMetadata(_ question: BackendQuestion, _ context: Context) -> String {
        guard zone(question, context) != nil, let kind = question.text("kind"), kind.utf8.count <= 64 else {
            return Self.failure
        }
        var values: [String] = []
        if case .array(let given)? = question.parameters["value"] { values = given.compactMap(\.text) }
        // `pdnsutil set-nsec3` says both, and the parameters first.
        if kind == Self.narrow, values.first != "1", store.metadata[zoneText(question)]?[Self.hashed] != nil {
            _ = store.set(zoneText(question), Self.hashed, [])
            _ = store.set(zoneText(question), Self.narrow, [])
            return Self.failure
        }
        return store.set(zoneText(question), kind, values) ? Self.success : Self.failure
    }

    private mutating func keys(_ question: BackendQuestion, _ context: Context) -> String {
        guard zone(question, context) != nil else { return Self.failure }
        let (name, id) = (zoneText(question), question.integer("id") ?? 0)
        switch question.method {
        case "getdomainkeys":
            return Self.result(array: (store.keys[name] ?? []).map { Self.text(of: $0) })
        case "adddomainkey":
            guard let key = question.parameters["key"], let content = key["content"]?.text,
                let added = store.add(
                    name,
                    flags: key["flags"]?.integer ?? 257,
                    isActive: key["active"]?.truth ?? true,
                    isPublished: key["published"]?.truth ?? true,
                    content: content
                )
            else { return Self.failure }
            return Self.result(String(added))
        case "removedomainkey": return store.change(name, id) { _ in nil } ? Self.success : Self.failure
        default:
            let isDone = store.change(name, id) { key in
                var key = key
                switch question.method {
                case "activatedomainkey": key.isActive = true
                case "deactivatedomainkey": key.isActive = false
                case "publishdomainkey": key.isPublished = true
                default: key.isPublished = false
                }
                return key
            }
            return isDone ? Self.success : Self.failure
        }
    }

    private static func text(of key: KeyStore.Key) -> String {
        JSONText.object(json: [
            ("id", String(key.id)), ("flags", String(key.flags)), ("active", key.isActive ? "true" : "false"),
            ("published", key.isPublished ? "true" : "false"), ("content", JSONText.quoted(key.content)),
        ])
    }
}
