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

    /// One line of a section, and what comes of it: the level that is shown from the beginning, and how long is waited.
    @Test(
        arguments: [
            ("", .debug, 0, 5000), ("loglevel = info", .info, 0, 5000), ("LogLevel => 3", .err, 0, 5000),
            ("loglevel => 0", .console, 0, 5000), ("quiet => yes", nil, 0, 5000), ("quiet => 1", nil, 0, 5000),
            ("QUIET => on", nil, 0, 5000), ("quiet => false", .debug, 0, 5000), ("quiet => 0", .debug, 0, 5000),
            // Wherever it stands.
            ("quiet => true\nloglevel => 4", nil, 0, 5000), ("loglevel => 4\nquiet => true", nil, 0, 5000),
            ("quiet => true\nquiet => no", .debug, 0, 5000),
            ("timeout => 700", .debug, 700, 5000), ("connect-timeout => 0", .debug, 0, 0),
            ("connect-timeout=90", .debug, 0, 90), ("key_F1 => status\nunknown => x", .debug, 0, 5000),
            ("; timeout => 1\n# quiet => true", .debug, 0, 5000),
        ] as [(String, LogLevel?, Int32, Int32)]
    )
    func readsSettings(_ lines: String, _ level: LogLevel?, _ timeout: Int32, _ connectTimeout: Int32) throws {
        let text = "stray = before every section\n[a]\n\(lines)\n[b]\ntimeout => 1\nquiet => true\n"
        let profile = try #require(try ConsoleProfile().reading("a", from: text))
        #expect(profile.logLevel == level)
        #expect(profile.timeout == timeout && profile.connectTimeout == connectTimeout)
    }

    /// A file's lines may end as they do elsewhere.
    @Test func readsLinesOfAnySystem() throws {
        let profile = try #require(try ConsoleProfile().reading("a", from: "[ a ]\r\n host => h\r\nport = 1\r\n"))
        #expect(profile.host == "h" && profile.port == 1)
    }

    @Test(arguments: [
        ("port => 0x", "0x cannot be the port"), ("port => -1", "-1 cannot be the port"),
        ("loglevel => loud", "loud cannot be the loglevel"), ("timeout => -1", "-1 cannot be the timeout"),
        ("timeout => soon", "soon cannot be the timeout"),
        ("connect-timeout => 99999999999", "99999999999 cannot be the connect-timeout"),
        ("quiet", "expected name => value"),
    ])
    func saysWhatCannotBe(line: String, reason: String) {
        do throws(ConsoleProfile.Failure) {
            _ = try ConsoleProfile().reading("a", from: "\n[a]\n\(line)\n")
            Issue.record("\(line) was taken")
        } catch {
            #expect(error.line == 3 && error.reason == reason && "\(error)" == "line 3: \(reason)")
        }
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
