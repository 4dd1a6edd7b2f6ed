import Base
import Testing
import XMLConfig

/// Several texts that are read at once.
struct FragmentTests {
    /// An element with the places of everything in it.
    private static func described(_ node: XMLNode) -> String {
        "\(node.name)@\(node.location) \(node.attributes) \(node.text) [\(node.children.map(described).joined(separator: ", "))]"
    }

    private static func alone(_ text: String, named name: String) -> [String]? {
        let bytes = Array("<row>\(text)</row>".utf8)
        return (try? XMLDocument.parse(bytes, named: name))?.children.map(described)
    }

    private static func together(_ texts: [String]) -> [[String]]? {
        let fragments = texts.enumerated().map { ("row \($0)", $1) }
        return XMLDocument.parse(fragments: fragments)?.map { $0.map(described) }
    }

    @Test func areReadAsIfByThemselves() throws {
        let texts = [
            "<a b=\"1 & 2\">\n  <c/>\n</a>", "", "\n\n<a/>text<b c=\"x\ny\"/>", "<a><![CDATA[<b>]]></a>",
            "<!-- <a> -->",
        ]
        let found = try #require(Self.together(texts))
        #expect(found == texts.enumerated().compactMap { Self.alone($1, named: "row \($0)") })
        #expect(found[2].first?.hasPrefix("a@row 2:3") == true, "\(found[2])")
    }

    /// Pieces that open and end what others have begun: either each text is what it is by itself, or none is read.
    @Test func doNotReachIntoEachOther() {
        let pieces = [
            "<a>", "</a>", "<a b=\"", "\"", "'", ">", "<", "<!--", "-->", "<![CDATA[", "]]>", "</all>", "<all>", "<f>",
            "</f>",
            "</row>", "<row>", "<?x", "?>", "&amp;", "&", "x", "\n", "<b/>", "<!DOCTYPE a [<!ENTITY e \"<b/>\">]>",
            "&e;",
        ]
        var generator = SeededGenerator(seed: 11)
        var (read, refused) = (0, 0)
        for _ in 0..<3000 {
            let texts = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                (0..<Int.random(in: 0...4, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? ""
                }
                .joined()
            }
            guard let found = Self.together(texts) else {
                refused += 1
                continue
            }
            read += 1
            #expect(found == texts.enumerated().map { Self.alone($1, named: "row \($0)") }, "\(texts)")
        }
        #expect(read > 100 && refused > 100)
    }
}
