import Base
import DNSMessage
import Testing

@testable import SmartDNS

/// What PowerDNS 4.7 asks, and what it gets.
struct RemoteBackendTests {
    private func context(_ zones: ZoneSet) -> RemoteBackend.Context {
        RemoteBackend.Context(
            zones: zones,
            chance: 0,
            decide: { network, _ in
                // Somebody in 10/8 is close to c, everybody else to b; nobody in particular gets what is configured.
                guard let network else { return SteeringDecision(order: [0, 1, 2], scope: 24, isLastResort: false) }
                let isTen = network.address.family == .v4 && network.address.low >> 24 == 10
                return SteeringDecision(order: isTen ? [2, 1, 0] : [1, 0, 2], scope: 20, isLastResort: false)
            },
            explain: { "said: \($0)" }
        )
    }

    private func ask(_ backend: inout RemoteBackend, _ json: String) throws -> String {
        let zones = try Example.configuration().zones
        // What it knows the zone by.
        let numbered = json.replacing("#", with: "\(zones.zones[0].id)")
        let question = try #require(BackendQuestion(json: Array(numbered.utf8)))
        return backend.answer(question, context(zones)).replacing("\(zones.zones[0].id)", with: "#")
    }

    private func ask(_ json: String) throws -> String {
        var backend = RemoteBackend()
        return try ask(&backend, json)
    }

    private func lookup(_ name: String, _ type: String, _ remote: String) throws -> String {
        try ask(
            """
            {"method": "lookup", "parameters": {"local": "0.0.0.0", "qname": "\(name)", "qtype": "\(type)", \
            "real-remote": "\(remote)", "remote": "127.0.0.1", "zone-id": -1}}
            """
        )
    }

    @Test func lookUps() throws {
        #expect(
            try lookup("sip.example.net.", "A", "192.0.2.0/24")
                == #"{"result":[{"qtype":"A","qname":"sip.example.net.","content":"192.0.2.2","ttl":30,"auth":1,"#
                + #""domain_id":#,"scopeMask":20}]}"#
        )
        #expect(try lookup("SIP.example.net.", "A", "10.0.0.0/8").contains("192.0.2.3"))
        // What PowerDNS asks for itself is never steered, and not good for everybody nevertheless.
        let own = try lookup("sip.example.net.", "A", "0.0.0.0/0")
        #expect(own.contains("192.0.2.1") && own.contains("\"scopeMask\":24"))
        // PowerDNS follows aliases itself, and takes rows of other names for delegations.
        #expect(try lookup("www.example.net.", "A", "10.0.0.0/8") == "{\"result\":[]}")
        #expect(try lookup("www.example.net.", "ANY", "10.0.0.0/8").contains("\"content\":\"web.example.net.\""))
        // What exists only because of what is below it has a row, or PowerDNS would say that it does not exist.
        for name in ["_udp.sip.example.net.", "_tcp.sip.example.net.", "deep.example.net."] {
            #expect(
                try lookup(name, "ANY", "10.0.0.0/8")
                    == #"{"result":[{"qtype":"ENT","qname":"\#(name)","content":"","ttl":0,"auth":1}]}"#
            )
            #expect(try lookup(name, "A", "10.0.0.0/8") == "{\"result\":[]}")
        }
        #expect(try lookup("nothing.example.net.", "ANY", "10.0.0.0/8") == "{\"result\":[]}")
        #expect(try lookup("example.org.", "SOA", "10.0.0.0/8") == "{\"result\":[]}")
        let soa = try lookup("example.net.", "SOA", "0.0.0.0/0")
        #expect(soa.contains("ns1.example.net. hostmaster.example.net. 1 3600 600 604800 60"))
        #expect(!soa.contains("scopeMask"))
        #expect(try lookup("a..b", "A", "10.0.0.0/8") == RemoteBackend.failure)
        #expect(try lookup("sip.example.net.", "NOTHING", "10.0.0.0/8") == RemoteBackend.failure)
    }

    /// Everything at a name that depends on who asks has a scope, or it would reach others from PowerDNS's caches.
    @Test(arguments: ["sip.example.net.", "_sip._udp.sip.example.net.", "_sips._wss.sip.example.net."])
    func everyRowHasAScope(name: String) throws {
        for remote in ["0.0.0.0/0", "::/0", "10.1.2.3/32", "2001:db8::/56", "nonsense"] {
            let answer = try lookup(name, "ANY", remote)
            let rows = answer.components(of: "\"qname\"")
            #expect(rows > 0)
            #expect(answer.components(of: "\"scopeMask\"") == rows)
            #expect(!answer.contains("\"scopeMask\":0"))
        }
    }

    @Test(arguments: [
        (#"{"method":"initialize","parameters":{"path":"/x","timeout":"300"}}"#, #"{"result":true}"#),
        (
            #"{"method":"getAllDomains","parameters":{"include_disabled":true}}"#,
            #"{"result":[{"id":#,"zone":"example.net.","masters":[],"notified_serial":1,"serial":1,"last_check":0,"kind":"native"}]}"#
        ),
        (
            #"{"method":"getDomainInfo","parameters":{"name":"EXAMPLE.net."}}"#,
            #"{"result":{"id":#,"zone":"example.net.","masters":[],"notified_serial":1,"serial":1,"last_check":0,"kind":"native"}}"#
        ),
        (#"{"method":"getDomainInfo","parameters":{"name":"other."}}"#, #"{"result":false}"#),
        (#"{"method":"getAllDomainMetadata","parameters":{"name":"example.net."}}"#, #"{"result":{}}"#),
        (#"{"method":"getDomainMetadata","parameters":{"name":"example.net.","kind":"X"}}"#, #"{"result":[]}"#),
        (#"{"method":"directBackendCmd","parameters":{"query":"status"}}"#, #"{"result":"said: status"}"#),
        (#"{"method":"getDomainKeys","parameters":{"name":"example.net."}}"#, #"{"result":[]}"#),
        (#"{"method":"feedRecord","parameters":{}}"#, #"{"result":false}"#),
        (#"{"method":"list"}"#, #"{"result":false}"#),
        // NXDOMAIN between "deep" and "ns1", at "deep", which has no records, before the first and after the last one.
        (neighbours("f."), #"{"result":{"unhashed":"x.deep.","before":"x.deep.","after":"ns1."}}"#),
        (neighbours("deep."), #"{"result":{"unhashed":"c.","before":"c.","after":"x.deep."}}"#),
        (neighbours("."), #"{"result":{"unhashed":".","before":".","after":"a."}}"#),
        (neighbours("zzz."), #"{"result":{"unhashed":"www.","before":"www.","after":"."}}"#),
    ]) func questions(question: String, answer: String) throws {
        #expect(try ask(question) == answer)
    }

    private static func neighbours(_ name: String) -> String {
        #"{"method":"getBeforeAndAfterNamesAbsolute","parameters":{"id":#,"qname":"\#(name)"}}"#
    }

    @Test func list() throws {
        let answer = try ask(#"{"method":"list","parameters":{"zonename":"example.net.","domain_id":1}}"#)
        for text in ["SOA", "192.0.2.80", "\"10 100 5080 a.example.net.\"", "ns.other."] {
            #expect(answer.contains(text), "\(text)")
        }
    }

    @Test func keys() throws {
        var backend = RemoteBackend()
        let added =
            #"{"method":"addDomainKey","parameters":{"name":"Example.net.","key":{"flags":257,"active":true,"published":true,"content":"Private\nKey"}}}"#
        #expect(try ask(&backend, added) == #"{"result":1}"#)
        #expect(try ask(&backend, added) == #"{"result":2}"#)
        func change(_ method: String, _ id: Int) throws -> String {
            try ask(&backend, #"{"method":"\#(method)","parameters":{"name":"example.net.","id":\#(id)}}"#)
        }
        #expect(try change("deactivateDomainKey", 1) == #"{"result":true}"#)
        #expect(try change("unpublishDomainKey", 1) == #"{"result":true}"#)
        #expect(try change("removeDomainKey", 2) == #"{"result":true}"#)
        #expect(try change("removeDomainKey", 2) == #"{"result":false}"#)
        let metadata =
            #"{"method":"setDomainMetadata","parameters":{"name":"example.net.","kind":"NSEC3NARROW","value":["1"]}}"#
        #expect(try ask(&backend, metadata) == #"{"result":true}"#)
        let expected =
            #"{"result":[{"id":1,"flags":257,"active":false,"published":false,"content":"Private\u000aKey"}]}"#
        #expect(try change("getDomainKeys", 0) == expected)
        #expect(try change("getAllDomainMetadata", 0) == #"{"result":{"NSEC3NARROW":["1"]}}"#)
        // And again from the disk.
        var restored = RemoteBackend()
        restored.store = try #require(KeyStore(json: Array(backend.store.json.utf8)))
        #expect(restored.store.keys == backend.store.keys)
        #expect(restored.store.metadata == backend.store.metadata)
        #expect(try ask(&restored, added) == #"{"result":2}"#)
        for _ in 0..<40 { _ = try ask(&restored, added) }
        #expect(try ask(&restored, added) == #"{"result":false}"#, "there is a limit")
        #expect(KeyStore(json: Array("{}".utf8)) == nil)
    }

    // MARK: - The stream

    /// However the bytes are divided, the questions are the same; with or without ends of lines.
    @Test func framing() throws {
        let questions = [#"{"method":"a","parameters":{"x":"}\"{"}}"#, #"{"method":"b"}"#]
        for stream in [
            questions.joined(separator: "\n") + "\n", questions.joined(), " \r\n" + questions.joined(separator: "\n\n"),
        ] {
            for size in [1, 2, 3, 7, 1000] {
                var framer = BackendFramer()
                var found: [String] = []
                let bytes = Array(stream.utf8)
                for start in stride(from: 0, to: bytes.count, by: size) {
                    let part = bytes[start..<min(start + size, bytes.count)]
                    let pushed = framer.push(part)
                    found += try #require(pushed).map { String(decoding: $0, as: UTF8.self) }
                }
                #expect(found == questions)
            }
        }
    }

    @Test func noQuestions() {
        var framer = BackendFramer()
        let text = framer.push(Array("GET / HTTP/1.1".utf8))
        #expect(text == nil)
        var long = BackendFramer()
        let endless = long.push(
            Array("{\"".utf8) + Array(repeating: UInt8(ascii: "a"), count: BackendFramer.maximumLength)
        )
        #expect(endless == nil)
        #expect(BackendQuestion(json: Array("{\"parameters\":{}}".utf8)) == nil)
        #expect(BackendQuestion(json: Array("[]".utf8)) == nil)
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
