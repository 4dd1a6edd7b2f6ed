import Testing
import XMLConfig

@Suite struct ParsingTests {
    @Test func nodesCarryTextAndAttributes() throws {
        let root = try parsed(
            """
            junk before
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- a comment -->
            <root One="1" one='2'>
              <text> a &amp; b &#x41;<![CDATA[<&>]]> </text>
              <Ns:thing
                 a="x"
                 b="y"/><empty></empty>
            </root>
            """
        )
        #expect(root[attribute: "One"] == "1")
        #expect(root[attribute: "one"] == "2")
        #expect(root[attribute: "ONE"] == nil)
        #expect(root.text.isEmpty)
        #expect(root.children.map(\.name) == ["text", "Ns:thing", "empty"])
        #expect(root.first("text")?.text == " a & b A<&> ")
        #expect(root.children.map(\.location.line) == [5, 6, 8])
        #expect(root.location.description == "test.xml:4")
    }

    @Test(arguments: [
        ("<a b='x & y'/>", "x & y"),
        ("<a b='x&y;z'/>", "x&y;z"),
        ("<a b='&amp;&lt;&#65;&quot;'/>", "&<A\""),
        ("<a b='&#0;&#xD800;&#;&#x110000;'/>", "&#0;&#xD800;&#;&#x110000;"),
        ("<a b='1 < 2 > 0'/>", "1 < 2 > 0"),
        ("<a b=\"tab\there\"/>", "tab here"),
        ("<a b='1'c='2'/>", "1"),
        ("<a b='first' b='second'/>", "first"),
        ("<a b='&'/>", "&"),
        ("<a b='ümläut'/>", "ümläut"),
        ("<!DOCTYPE a [<!ENTITY y \"why\">]><a b='x&y;z&w;'/>", "xwhyz&w;"),
    ]) func attributeValues(_ example: (text: String, value: String)) throws {
        #expect(try parsed(example.text)[attribute: "b"] == example.value)
    }

    @Test(arguments: [
        ("<a>x & y &z; && &amp;</a>", "x & y &z; && &"),
        ("<a><!-- & < --><![CDATA[&amp; & <]]></a>", "&amp; & <"),
        ("<!DOCTYPE a [<!-- ' --><!ENTITY y \"wh<b/>y\">]><a>&y;&y;</a>", "whywhy"),
    ]) func text(_ example: (text: String, value: String)) throws {
        #expect(try parsed(example.text).text == example.value)
    }

    static let files: [String: String] = [
        "/c/freeswitch.xml": """
        <document>
          <X-PRE-PROCESS cmd="set" data="x=1"/>
          <section name="dialplan">
            <X-PRE-PROCESS cmd="include" data="sub.xml"/>
          </section>
        </document>
        """
    ]

    /// What is in `sub.xml`, and the first thing that is said about it.
    @Test(arguments: [
        (
            "<include>\n  <a>\n    <b>\n  </a>\n</include>",
            "/c/sub.xml:4: error: expected </b> for the <b> at /c/sub.xml:3"
        ),
        ("<a>\n<b\n<c/>\n</a>", "/c/sub.xml:2: error: expected \">\" at the end of a tag"),
        ("<a>\n<b c=1/>\n</a>", "/c/sub.xml:2: error: expected an attribute value in quotes"),
        ("<a>\n<b c=\"1/>\n</a>", "/c/sub.xml:2: error: expected the closing quote of an attribute value"),
        ("<a/>\n\n<!-- x -- y -->", "/c/sub.xml:3: error: expected no \"--\" inside a comment"),
        ("<a>", "/c/freeswitch.xml:5: error: expected </a> for the <a> at /c/sub.xml:1"),
        ("<!-- x", "/c/sub.xml:1: error: expected \"-->\" at the end of a comment"),
        ("</section>\n</document>\n<x/>", "/c/sub.xml:3: error: expected the end of the document after its element"),
    ]) func errorsNameTheOperatorsFile(_ example: (text: String, message: String)) throws {
        var files = Self.files
        files["/c/sub.xml"] = example.text
        let source = FileConfigurationSource(path: "/c/freeswitch.xml", files: MemoryFiles(files))
        #expect {
            _ = try source.load(globals: GlobalVariables())
        } throws: { error in
            let message = (error as? ConfigurationError)?.first.description
            if message != example.message { Issue.record("\(message ?? "nothing")") }
            return message == example.message
        }
    }

    private static func nested(_ depth: Int) -> String {
        String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
    }

    private static let laughs: String =
        "<!DOCTYPE a [<!ENTITY e0 \"ha\">"
        + (1...30).map { "<!ENTITY e\($0) \"&e\($0 - 1);&e\($0 - 1);\">" }.joined() + "]>"

    /// Documents that want too much; each is refused in little time and memory.
    @Test(
        arguments: [
            (nested(201), "elements are inside each other deeper than 200 levels"),
            ("<a>" + String(repeating: "<b/>", count: 5000) + "</a>", "more than 5000 elements"),
            ("<a " + (0...512).map { "x\($0)=''" }.joined(separator: " ") + "/>", "more than 512 attributes"),
            ("<a>" + String(repeating: "x", count: 60_000) + "</a>", "is longer than 50000 bytes"),
            (laughs + "<a>&e30;</a>", nil),
            (laughs + "<a b='&e30;'/>", nil),
            ("<!DOCTYPE a [<!ENTITY x '&y;'><!ENTITY y '&x;'>]><a>&x;</a>", nil),
            ("<!DOCTYPE a [<!ENTITY x '\(String(repeating: "x", count: 30_000))'>]><a>&x;&x;&x;</a>", nil),
            ("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>", "entity x is outside the document"),
            ("<!DOCTYPE a [<!ENTITY % x SYSTEM \"http://192.0.2.1/\">%x;]><a/>", "entity x is outside the document"),
            ("", "expected an element"),
            ("nothing", "expected an element"),
            ("<", "expected an element"),
        ] as [(String, String?)]
    ) func refused(_ example: (text: String, message: String?)) throws {
        var limits = XMLLimits()
        limits.elements = 5000
        limits.contentBytes = 50_000
        #expect {
            _ = try XMLDocument.parse(Array(example.text.utf8), named: "f", limits: limits)
        } throws: { error in
            guard let expected = example.message else { return error is ConfigurationError }
            let message = (error as? ConfigurationError)?.first.message ?? ""
            if !message.contains(expected) { Issue.record("\(message)") }
            return message.contains(expected)
        }
    }

    @Test func externalSubsetsAreNotRead() throws {
        let root = try parsed("<!DOCTYPE a SYSTEM \"file:///nonexistent/x.dtd\"><a b='1'/>")
        #expect(root[attribute: "b"] == "1")
    }

    @Test func bigTreesKeepTheirLines() throws {
        let lines = (0..<100_000).map { "<user id=\"\($0)\" note=\"\(String(repeating: "x", count: 120))\"/>" }
        let text = "<users>\n" + lines.joined(separator: "\n") + "\n</users>"
        let root = try XMLDocument.parse(Array(text.utf8), named: "f", limits: XMLLimits())
        #expect(root.children.count == 100_000)
        #expect(root.children[99_999].location.line == 100_001)
    }

    @Test func printedTreesReadTheSame() throws {
        let text = "<a b=\"1 &amp; &quot;2&quot; &lt;&#10;\"><c>x &lt; y</c><d/></a>"
        let printed = try parsed(text).description
        #expect(try parsed(printed).description == printed)
        #expect(try parsed(printed)[attribute: "b"] == "1 & \"2\" <\n")
    }

    @Test func otherEncodings() throws {
        let units = Array("<a b='ü'/>".utf16)
        let bytes: [UInt8] =
            [0xFF, 0xFE]
            + units.flatMap { unit -> [UInt8] in
                [UInt8(truncatingIfNeeded: unit), UInt8(truncatingIfNeeded: unit >> 8)]
            }
        #expect(try XMLDocument.parse(bytes, named: "f")[attribute: "b"] == "ü")
        let latin: [UInt8] = Array("<a b='".utf8) + [0xFC] + Array("'/>".utf8)
        #expect(try XMLDocument.parse(latin, named: "f")[attribute: "b"] == "\u{FFFD}")
    }
}
