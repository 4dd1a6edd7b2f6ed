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
}
