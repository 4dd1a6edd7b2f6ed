import Cache
import TandemTesting
import Testing
import XMLConfig

@testable import XMLHandler

/// Documents that several processes keep in one memcached.
///
/// Nobody else is to keep the machine busy beside: what is stored late is looked up again.
struct SharedDocumentTests {
    @Test(.enabled(if: MemcachedProcess.isInstalled), arguments: [RemoteLevel.Names.own, .shared])
    private func anotherNodeMakesNoStatement(names: RemoteLevel.Names) async throws {
        try await KeptDocuments.withServer({ $0.names = names }) { keeping, client async throws in
            let rigs = try (0..<2).map { _ in try KeptDocuments(keeping, in: client) }
            for rig in rigs {
                try rig.tables.extension("1000", ["password": "a'b\\c\"<&>", "number_alias": "alias"])
                try rig.tables.dialplan("route", context: "one.example")
            }
            for question in [
                XMLQuestion.user("1000"), XMLQuestion.user("alias"), XMLQuestion.user("1001"),
                XMLQuestion.context("one.example"),
                XMLQuestion.file("acl.conf"), XMLQuestion.file("sofia.conf"),
            ] {
                let first = try await rigs[0].ask(question)
                let second = try await rigs[1].ask(question)
                #expect(second.statements == 0, "\(question)")
                #expect(second.document?.description == first.document?.description)
                #expect(first.statements > 0)
            }
            // Callers choose the numbers: they fill no server.
            for rig in rigs {
                let number = XMLQuestion.context("public", number: "4930")
                #expect(try await rig.ask(number).statements == 1)
                #expect(try await rig.ask(number).statements == 0)
            }
            await rigs[0].documents.forget("directory:1000@one.example")
            let third = try KeptDocuments(keeping, in: client)
            #expect(try await third.ask(XMLQuestion.user("1000")).statements > 0)
        }
    }

    /// What FusionPBX's script finds under its own names, and what it leaves there.
    @Test(.enabled(if: MemcachedProcess.isInstalled))
    func sharesWithTheScript() async throws {
        try await KeptDocuments.withServer({ $0.names = .shared }) { keeping, client async throws in
            let rig = try KeptDocuments(keeping, in: client)
            try rig.tables.extension("1000", ["password": "it's"])
            _ = try await rig.ask(XMLQuestion.user("1000"))
            let key = "directory:1000@one.example"
            #expect(try await comesTrue { try await client.get(key) != nil })
            let text = String(decoding: try #require(try await client.get(key)).value, as: UTF8.self)
            #expect(text.hasPrefix("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n<document"))
            #expect(text.contains("it&#39;s"))
            #expect(!text.contains("'"))
            // Its own, with a bare & as its rows have it.
            let theirs = """
                <document type="freeswitch/xml"><section name="directory"><domain name="one.example"><groups><group \
                name="default"><users><user id="2000"><params><param name="password" value="a & b&#39;"/></params>\
                </user></users></group></groups></domain></section></document>
                """
            for (key, value) in [
                ("directory:2000@one.example", theirs), ("directory:2001@one.example", "<document><broken"),
                ("configuration:acl.conf", "<document><section name=\"configuration\"><a/></section></document>"),
            ] {
                let item = MemcachedItem(key: key, flags: 0, value: Array(value.utf8))
                try await client.store(.set, item, seconds: 0)
            }
            let found = try await rig.ask(XMLQuestion.user("2000"))
            #expect(found.statements == 0)
            #expect(found.document?.value("password") == "a & b'")
            #expect(try await rig.ask(XMLQuestion.user("2001")).statements > 0)
            #expect(try await rig.ask(XMLQuestion.file("acl.conf")).statements > 0)
        }
    }
}
