import Base
import Testing
import XMLConfig

@testable import Lookups

/// What `cidlookup.conf` says, what the words of `cidlookup` mean, and what is kept in memory.
struct CallerNameConfigurationTests {
    @Test(
        arguments: [
            ("", nil), (#"<param name="url" value="http://u:p@a.example/?n=${caller_id_number}"/>"#, nil),
            (#"<param name="url" value="ftp://kV3qz8Rw/"/>"#, "error: url is not what was expected"),
            (#"<param name="odbc-dsn" value="phone:kV3qz8Rw:phone"/>"#, "warning: odbc-dsn cannot be used"),
            (
                #"<param name="odbc-dsn" value="phone:a:b"/><param name="sql" value="SELECT 1"/>"#,
                "warning: odbc-dsn cannot be used"
            ),
            (#"<param name="sql" value="SELECT 1"/>"#, "warning: without odbc-dsn"),
            (#"<param name="odbc-dsn" value="names"/><param name="citystate-sql" value="SELECT 1"/>"#, nil),
            (#"<param name="whitepages-apikey" value="kV3qz8Rw"/>"#, "note: whitepages-apikey has no effect"),
            (#"<param name="curl-timeout" value="0"/>"#, "note: curl-timeout is 0"),
            (#"<param name="curl-timeout" value="60001"/>"#, "error: curl-timeout"),
            (#"<param name="cache-expire" value="-1"/>"#, "error: cache-expire"),
            (#"<param name="validate-certs" value="no"/>"#, "warning: nothing checks"),
            (#"<param name="cache-expires" value="1"/>"#, "did you mean \"cache-expire\"?"),
        ] as [(String, String?)]
    )
    func checkSaysWhatIsWrong(settings: String, wrong: String?) throws {
        let found = CallerNameCheck.diagnostics(for: try Self.node(settings)).map(\.description)
        #expect(found.count == (wrong == nil ? 0 : 1), "\(found)")
        if let wrong { #expect(found.contains { $0.contains(wrong) }, "\(found)") }
        #expect(!found.contains { $0.contains("kV3qz8Rw") })
    }

    /// FreeSWITCH's own file names a database by ODBC: the web server is asked all the same.
    @Test func readsTheUsualFile() throws {
        var diagnostics: [Diagnostic] = []
        let configuration = try CallerNameConfiguration(
            xml: try Self.node(
                """
                <param name="url" value="http://a.example/?number=${caller_id_number}"/>
                <param name="whitepages-apikey" value="MYAPIKEY"/>
                <param name="cache" value="true"/><param name="cache-expire" value="86400"/>
                <param name="odbc-dsn" value="phone:phone:phone"/><param name="sql" value="SELECT 1"/>
                """
            ),
            diagnostics: &diagnostics
        )
        #expect(configuration.url == "http://a.example/?number=${caller_id_number}" && configuration.dsn == nil)
        #expect(configuration.keepsNames && configuration.keepingSeconds == 86_400)
        #expect(configuration.timeout == 2000 && configuration.slowness == 1000 && configuration.verifies)
        #expect(diagnostics.count == 2)
    }

    private static func node(_ settings: String) throws -> XMLNode {
        let text = "<configuration><settings>\(settings)</settings></configuration>"
        return try XMLDocument.parse(Array(text.utf8), named: "test")
    }

    @Test(
        arguments: [
            ("", nil, []), ("1000", "1000", []), ("1000 SKIPURL", "1000", ["skipurl"]),
            ("1000 verbose skipcitystate skipurl", "1000", ["skipurl", "skipcitystate", "verbose"]),
            ("'+1 (555) 12' skipurl", "+1 (555) 12", ["skipurl"]), ("1000 skip", "1000", []),
            ("1000 a b c skipurl", "1000", []),
        ] as [(String, String?, [String])]
    )
    func readsWords(text: String, number: String?, flags: [String]) {
        let request = CallerNameRequest(text)
        #expect(request.number == number)
        #expect(request.skipsURL == flags.contains("skipurl"))
        #expect(request.skipsArea == flags.contains("skipcitystate"))
        #expect(request.isVerbose == flags.contains("verbose"))
    }

    @Test(
        arguments: [
            ("Alice", "Alice"), (" Alice Smith\r\n", "Alice Smith"), ("", nil), ("\n\t ", nil), ("Unknown", nil),
            ("UNAVAILABLE\n", nil), ("a\u{0}b\r\nX: y", "a b  X: y"), ("Jürgen", "Jürgen"),
            (String(repeating: "x", count: 300), String(repeating: "x", count: 256)),
        ] as [(String, String?)]
    )
    func makesNames(text: String, name: String?) {
        #expect(CallerName.name(in: text) == name)
    }

    @Test func keepsNamesForAWhile() {
        let name = CallerName(name: "Alice", area: "UNKNOWN", source: "url")
        var table = CallerNameTable()
        let start = MonotonicInstant.zero
        table.keep(name, of: "1", until: start + .seconds(10), at: start)
        #expect(table.name(of: "1", at: start + .milliseconds(9999)) == name)
        #expect(table.name(of: "1", at: start + .seconds(10)) == nil)
        #expect(table.name(of: "2", at: start) == nil)
    }

    @Test func keepsNotTooMany() {
        let name = CallerName(name: "Alice", area: "UNKNOWN", source: "url")
        var table = CallerNameTable()
        let start = MonotonicInstant.zero
        for number in 0..<CallerNameTable.limit {
            table.keep(name, of: "\(number)", until: start + .seconds(number + 1), at: start)
        }
        // The one that ends first makes room; one that is there already needs none.
        table.keep(name, of: "1", until: start + .seconds(9999), at: start)
        #expect(table.count == CallerNameTable.limit && table.name(of: "0", at: start) == name)
        table.keep(name, of: "new", until: start + .seconds(1), at: start)
        #expect(table.count == CallerNameTable.limit && table.name(of: "0", at: start) == nil)
        #expect(table.name(of: "new", at: start) == name && table.name(of: "1", at: start) == name)
        // Those whose time is over make it together.
        let later = start + .seconds(101)
        table.keep(name, of: "other", until: later + .seconds(1), at: later)
        #expect(table.count == CallerNameTable.limit - 100 + 1)
    }
}
