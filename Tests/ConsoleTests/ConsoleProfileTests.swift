import Base
import Console
import Testing

@Suite struct ConsoleProfileTests {
    private static let file = """
        ; switches
        [default]
        host => 192.0.2.1
        port => 8022
        password => secret ; not for everybody

        [Second]
        host = switch.example.org
        user=1000@example.org
        password=  other
        loglevel => 4
        key_f1 => status

        [quiet]
        quiet => true
        [broken]
        port => 70000
        [noise]
        just words
        """

    @Test func readsTheSectionOfAName() throws {
        let first = try #require(try ConsoleProfile().reading("default", from: Self.file))
        #expect(first.host == "192.0.2.1" && first.port == 8022 && first.password == "secret")
        #expect(first.logLevel == .debug)
        let second = try #require(try ConsoleProfile().reading("second", from: Self.file))
        #expect(second.host == "switch.example.org" && second.port == 8021)
        #expect(second.user == "1000@example.org" && second.password == "other" && second.logLevel == .warning)
        let quiet = try #require(try ConsoleProfile().reading("quiet", from: Self.file))
        #expect(quiet.logLevel == nil && quiet.host == "127.0.0.1")
        #expect(try ConsoleProfile().reading("third", from: Self.file) == nil)
    }

    @Test(arguments: [("broken", 17, "70000 cannot be the port"), ("noise", 19, "expected name => value")])
    func saysWhereAFileIsWrong(section: String, line: Int, reason: String) {
        #expect(throws: ConsoleProfile.Failure.self) { try ConsoleProfile().reading(section, from: Self.file) }
        do throws(ConsoleProfile.Failure) {
            _ = try ConsoleProfile().reading(section, from: Self.file)
        } catch {
            #expect(error.line == line && error.reason == reason)
        }
    }
}
