import TandemTesting
import Testing
import XMLConfig
import XMLHandler

/// The documents against those that FusionPBX's own handler gave for the same rows and questions.
@Suite(.enabled(if: GoldenCorpus.folder != nil)) struct GoldenTests {
    @Test(
        arguments: [XMLSection.directory, .dialplan, .configuration, .languages],
        PostgreSQLDump.Booleans.allCases
    )
    func answers(_ section: XMLSection, _ booleans: PostgreSQLDump.Booleans) async throws {
        try await GoldenComparison(try GoldenCorpus.tables(booleans), booleans).compare(section)
    }

    /// Every fault that is said to be mended is in a recorded answer.
    @Test func faultsAreThere() {
        let names = XMLHandler.sections.flatMap { GoldenCorpus.names($0) }
        for fault in GoldenDifferences.mended {
            for part in fault.names {
                let own = names.filter { $0.contains(part) }
                #expect(!own.isEmpty, "\(part)")
                for name in own {
                    let recorded = GoldenCorpus.answer(name)
                    #expect(fault.answer(recorded) != recorded, "\(name): \(fault.reason)")
                }
            }
        }
    }

    /// What `mod_xml_curl` asks over HTTP is answered as it is inside of the machine that asks.
    @Test func service() async throws {
        try await GoldenComparison(try GoldenCorpus.tables(.real), .real).compareService()
    }
}
