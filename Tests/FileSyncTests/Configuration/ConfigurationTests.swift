import FileReplication
import FileTrees
import Testing
import XMLConfig

@testable import FileSync

/// What `file_sync.conf` says, and what is wrong with it.
struct ConfigurationTests {
    private static let print = "SHA256:" + String(repeating: "ab", count: 32)
    private static let other = "SHA256:" + String(repeating: "cd", count: 32)

    private static func read(
        _ settings: String = "",
        peers: String = "",
        folders: String = ""
    ) throws -> (FileSyncConfiguration, [Diagnostic]) {
        let text = """
            <configuration name="file_sync.conf" description="File sync">
            <settings><param name="node-name" value="a1"/><param name="certificate" value="/c.pem"/>
            <param name="index-dir" value="/i"/>\(settings)</settings>
            <peers>\(peers)</peers>
            <folders>\(folders)</folders>
            </configuration>
            """
        var diagnostics: [Diagnostic] = []
        let node = try XMLDocument.parse(Array(text.utf8), named: "file_sync.conf.xml")
        let configuration = try FileSyncConfiguration(xml: node, node: "machine", diagnostics: &diagnostics)
        return (configuration, diagnostics)
    }

    private static func peer(_ name: String, _ attributes: String = "", _ print: String = print) -> String {
        "<peer name=\"\(name)\" address=\"10.0.0.2:7420\" fingerprint=\"\(print)\" \(attributes)/>"
    }

    @Test func everythingThatIsSaidIsTaken() throws {
        let (found, diagnostics) = try Self.read(
            "<param name=\"listen\" value=\"[::]:7000\"/><param name=\"control-socket\" value=\"/s\"/>",
            peers: """
                <peer name="a2" address="[2001:db8::2]:7421" fingerprint="\(Self.print)">
                <limit send="2MB/s" hours="08:00-18:00" days="mon-fri"/><limit receive="10Mbit/s"/></peer>
                \(Self.peer("b1", "", Self.other))
                """,
            folders: """
                <folder name="recordings" path="/r/"><param name="direction" value="send"/>
                <param name="owner" value="single"/><param name="conflicts" value="versions"/>
                <param name="versions" value="staggered"/><param name="versions-days" value="7"/>
                <param name="delete-limit" value="50%"/><param name="delete-limit-files" value="5"/>
                <param name="links" value="refuse"/><param name="file-owners" value="ours"/>
                <param name="set-id" value="true"/><param name="on-change" value="reloadxml"/>
                <include pattern="*.wav"/><exclude pattern="*.tmp"/>
                <peer name="a2"><limit send="1kB/s"/></peer></folder>
                <folder name="conf" path="/c"/>
                """
        )
        #expect(diagnostics.isEmpty)
        #expect(found.node.text == "a1" && found.listen == PeerAddress(host: "::", port: 7000))
        #expect(found.controlSocket == "/s")
        let busy = WeekTime(day: 1, minute: 9 * 60)
        let a2 = try #require(found.peers.first)
        #expect(a2.limits.rates(at: busy) == LinkRates(send: ByteRate(bytes: 2_000_000)))
        #expect(a2.limits.rates(at: WeekTime(day: 0, minute: 9 * 60)).receive == ByteRate(bytes: 1_250_000))
        let folder = try #require(found.folders.first)
        #expect(folder.path == "/r" && folder.direction == .send && folder.ownership == .single)
        #expect(folder.versions == .staggered(days: 7) && folder.conflicts == .versions)
        #expect(folder.deleteLimits.share == 0.5 && folder.deleteLimits.least == 5)
        #expect(folder.placing.links == .refused && folder.placing.owners == .ours && folder.placing.allowsSetID)
        #expect(folder.onChange == "reloadxml")
        #expect(folder.filter.includes(try TreePath("x.wav"), isDirectory: false))
        #expect(!folder.filter.includes(try TreePath("x.tmp"), isDirectory: false))
        #expect(folder.peers.keys.map(\.text) == ["a2"])
        // A folder that names nobody is everybody's.
        let conf = try #require(found.folders.last)
        #expect(conf.peers.keys.map(\.text).sorted() == ["a2", "b1"])
        #expect(found.members(of: conf).values.sorted() == ["a1", "a2", "b1"])
    }

    /// What is wrong, and the line that it is in.
    static let errors: [(settings: String, peers: String, folders: String, line: Int, message: String)] = [
        (
            "\n<param name=\"node-name\" value=\"a b\"/>", "", "", 4,
            "node-name is \"a b\", expected \(FileSyncConfiguration.nameRule)"
        ),
        (
            "\n<param name=\"listen\" value=\"here:1\"/>", "", "", 4,
            "listen is \"here:1\", expected an IP address with a port, or nothing"
        ),
        (
            "\n<param name=\"control-socket\" value=\"\(String(repeating: "x", count: 108))\"/>", "", "", 4,
            "control-socket is \"\(String(repeating: "x", count: 108))\", expected a path of at most 107 bytes"
        ),
        ("", "\n<peer name=\"a2\"/>", "", 5, "peer a2 has no fingerprint, and there is no ca"),
        (
            "", "\n<peer name=\"a2\" fingerprint=\"12\"/>", "", 5,
            "fingerprint of peer a2 is \"12\", expected SHA256: and 64 hexadecimal digits"
        ),
        (
            "", "\n" + peer("a2", "x=\"1\"") + "\n" + peer("a2"), "", 6, "there are two peers a2"
        ),
        ("", "\n" + peer("a2") + "\n" + peer("a3"), "", 6, "peers a2 and a3 have the same fingerprint"),
        (
            "", "\n<peer name=\"a2\" address=\"a:b:c:99999\" fingerprint=\"\(print)\"/>", "", 5, ""
        ),
        (
            "", "\n<peer name=\"a2\" address=\"a:0\" fingerprint=\"\(print)\"/>", "", 5,
            "address of peer a2 is \"a:0\", expected a host with a port"
        ),
        (
            "", "<peer name=\"a2\" fingerprint=\"\(print)\">\n<limit send=\"12\"/></peer>", "", 5,
            "send of a limit is \"12\", expected 1kB/s at least, 2MB/s or 10Mbit/s for example"
        ),
        (
            "", "<peer name=\"a2\" fingerprint=\"\(print)\">\n<limit hours=\"8-18\"/></peer>", "", 5,
            "hours of a limit are \"8-18\", days \"\"; expected 08:00-18:00 and mon-fri, for example"
        ),
        (
            "", "", "\n<folder name=\"../x\" path=\"/x\"/>", 6,
            "name of a folder is \"../x\", expected \(FileSyncConfiguration.nameRule)"
        ),
        (
            "", "", "\n<folder name=\"x\" path=\"x\"/>", 6, "path of folder x is \"x\", expected an absolute one"
        ),
        ("", "", "\n<folder name=\"x\" path=\"/\"/>", 6, "path of folder x is \"/\", expected an absolute one"),
        (
            "", "", "<folder name=\"x\" path=\"/x\"/>\n<folder name=\"y\" path=\"/x/y\"/>", 6,
            "folder y is within folder x, or around it"
        ),
        ("", "", "<folder name=\"x\" path=\"/x\"/>\n<folder name=\"x\" path=\"/y\"/>", 6, "there are two folders x"),
        (
            "", peer("a2"), "<folder name=\"x\" path=\"/x\">\n<peer name=\"a3\"/></folder>", 6,
            "there is no peer a3, did you mean \"a2\"?"
        ),
        (
            "", "", "<folder name=\"x\" path=\"/x\">\n<exclude pattern=\"[\"/></folder>", 6,
            "pattern is \"[\", expected one as rsync's filters have them"
        ),
        (
            "", "", "<folder name=\"x\" path=\"/x\">\n<param name=\"delete-limit\" value=\"200%\"/></folder>", 6,
            "delete-limit is \"200%\", expected 1% to 100%"
        ),
        (
            "", "", "<folder name=\"x\" path=\"/x\">\n<param name=\"direction\" value=\"up\"/></folder>", 6,
            "direction is \"up\", expected one of \"both\", \"receive\", \"send\""
        ),
    ]

    @Test(arguments: errors.indices)
    func anErrorNamesItsLine(index: Int) {
        let wrong = Self.errors[index]
        let error = #expect(throws: ConfigurationError.self) {
            _ = try Self.read(wrong.settings, peers: wrong.peers, folders: wrong.folders)
        }
        let found = error?.diagnostics.filter { $0.severity == .error } ?? []
        #expect(found.map(\.location?.line) == [wrong.line], "\(found)")
        if !wrong.message.isEmpty { #expect(found.first?.message == wrong.message) }
    }

    @Test func whatIsMisspeltIsAWarning() throws {
        let (_, diagnostics) = try Self.read(
            peers: Self.peer("a2", "adress=\"x\""),
            folders:
                "<folder name=\"x\" path=\"/x\"><excluded pattern=\"y\"/><param name=\"owners\" value=\"\"/></folder>"
        )
        #expect(
            diagnostics.map(\.message).sorted() == [
                "<excluded> has no effect in <folder>, did you mean \"exclude\"?",
                "<peer> has no attribute \"adress\", did you mean \"address\"?",
                "unknown parameter \"owners\", did you mean \"owner\"?",
            ]
        )
        #expect(diagnostics.allSatisfy { $0.severity == .warning })
    }

    @Test func thisNodeMayBeInItsOwnList() throws {
        let (found, diagnostics) = try Self.read(peers: Self.peer("A1") + Self.peer("a2", "", Self.other))
        #expect(found.peers.map(\.name.text) == ["a2"])
        #expect(diagnostics.map(\.severity) == [.note])
    }

    @Test func anAuthorityVouchesForThoseWithoutFingerprints() throws {
        let (found, _) = try Self.read("<param name=\"ca\" value=\"/ca.pem\"/>", peers: "<peer name=\"a2\"/>")
        #expect(found.authority == "/ca.pem" && found.peers.first?.fingerprint == nil)
    }

    @Test(arguments: [
        ("1000", 1000), ("2MB/s", 2_000_000), ("2 mb/s", 2_000_000), ("1.5MiB/s", 1_572_864), ("8Mbit/s", 1_000_000),
        ("1GB/s", 1_000_000_000), ("999", nil), ("-1", nil), ("", nil), ("2MB", nil), ("1e9", nil), ("..1kB/s", nil),
        ("99999999999999999999GB/s", nil), ("nan", nil),
    ])
    func rates(text: String, bytes: Int?) {
        #expect(ByteRate(text)?.bytes == bytes)
    }

    @Test(arguments: [
        ("08:00-18:00", "", 1, 8 * 60, true), ("08:00-18:00", "", 1, 18 * 60, false),
        ("08:00-18:00", "mon-fri", 0, 600, false), ("08:00-18:00", "sat,sun", 0, 600, true),
        ("22:00-06:00", "fri", 5, 23 * 60, true), ("22:00-06:00", "fri", 6, 60, true),
        ("22:00-06:00", "fri", 5, 60, false), ("00:00-24:00", "", 3, 1439, true), ("", "fri-mon", 0, 0, true),
        ("08:00-12:00,13:00-17:00", "", 2, 12 * 60 + 30, false), ("08:00-12:00,13:00-17:00", "", 2, 13 * 60, true),
    ])
    func hours(hours: String, days: String, day: Int, minute: Int, isIn: Bool) throws {
        let found = try #require(Hours(hours, days: days))
        #expect(found.contains(WeekTime(day: day, minute: minute)) == isIn)
    }

    @Test(arguments: [
        ("8", ""), ("08:00", ""), ("08:00-08:00", ""), ("08:60-09:00", ""), ("25:00-26:00", ""), ("24:00-01:00", ""),
        ("08:00-18:00,", ""), ("", "monday"), ("", "mon-"), ("", "mon-tue-wed"), ("-08:00-09:00", ""),
    ])
    func hoursThatAreNone(hours: String, days: String) {
        #expect(Hours(hours, days: days) == nil)
    }

    @Test(arguments: [
        ("10.0.0.2:7421", "10.0.0.2", 7421), ("a2.example", "a2.example", 7420), ("[::1]:1", "::1", 1),
        ("[::1]", "::1", 7420), ("2001:db8::2", "2001:db8::2", 7420),
    ])
    func addresses(text: String, host: String, port: Int) {
        #expect(PeerAddress(text) == PeerAddress(host: host, port: port))
    }

    @Test(arguments: ["", ":1", "a:", "a:x", "a:70000", "[::1", "[::1]x", "a b:1", "a\n", "[]:1", "a:b:c:1", "[a]:1"])
    func addressesThatAreNone(text: String) {
        #expect(PeerAddress(text) == nil)
    }
}
