import Testing
import XMLConfig
import XMLHandler

/// One question for each document.
struct SampleTests {
    /// Databases that take `ONE.example` for `one.example` have the same documents as those that do not.
    @Test(arguments: SmallTables.Version.allCases)
    func toTheLetter(_ version: SmallTables.Version) async throws {
        let tables = try SampleTables.make(version)
        let careless = try SampleTables.make(version, collation: " COLLATE NOCASE")
        for question in SampleTables.questions {
            let wanted = try await tables.ask(question.section, question.fields, file: question.file)
            let got = try await careless.ask(question.section, question.fields, file: question.file)
            let texts = [wanted, got].map { $0.document.map { Canonical().text($0) } }
            #expect(texts[0] == texts[1], "\(question.file) \(question.fields)")
            #expect((texts[0] != nil) == question.hasDocument(version), "\(question.file) \(question.fields)")
        }
    }

    /// A NUL is in no row, and some databases refuse it.
    @Test func fieldsWithNUL() {
        let question = XMLQuestion(section: .directory, value: "", fields: [("user", "1001\0"), ("domain", "a")])
        #expect(question["user"] == nil && question["domain"] == "a")
    }
}
