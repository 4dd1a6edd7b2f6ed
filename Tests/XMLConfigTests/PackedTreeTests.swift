import Base
import Testing
import XMLConfig

struct PackedTreeTests {
    private static let texts = [
        "<a/>", "<a b=\"\"/>", "<a b=\"1\" c=\"&amp;&quot;ö\">text &lt;</a>",
        "<a><b x=\"1\"/><b x=\"1\"><c>\n</c></b><d/></a>",
    ]

    @Test(arguments: texts) private func readsWhatItWrites(text: String) throws {
        let node = try XMLDocument.parse(Array(text.utf8), named: "test")
        let bytes = PackedTree.pack(node)
        #expect(PackedTree.unpack(bytes)?.description == node.description)
        // Not without any of its bytes, nor with more.
        for count in 0..<bytes.count { #expect(PackedTree.unpack(Array(bytes.prefix(count))) == nil) }
        #expect(PackedTree.unpack(bytes + [0]) == nil)
    }

    @Test func hasLimits() throws {
        let deep = String(repeating: "<a>", count: 20) + String(repeating: "</a>", count: 20)
        let bytes = PackedTree.pack(try XMLDocument.parse(Array(deep.utf8), named: "test"))
        #expect(PackedTree.unpack(bytes) != nil)
        for limit in [\XMLLimits.depth, \.elements] {
            var limits = XMLLimits.remote
            limits[keyPath: limit] = 19
            #expect(PackedTree.unpack(bytes, limits: limits) == nil)
        }
        var limits = XMLLimits.remote
        limits.documentBytes = bytes.count - 1
        #expect(PackedTree.unpack(bytes, limits: limits) == nil)
        let wide = PackedTree.pack(XMLNode("a", attributes: (0..<600).map { ("n\($0)", "") }))
        #expect(PackedTree.unpack(wide) == nil)
        // Counts of more than there is.
        #expect(PackedTree.unpack(Array("TX1\n".utf8) + [0xFF, 0xFF, 0xFF, 0xFF, 0x7F]) == nil)
    }

    /// Whatever is changed, it is some tree or none.
    @Test func refusesWhatIsBroken() throws {
        let bytes = PackedTree.pack(try XMLDocument.parse(Array(Self.texts[3].utf8), named: "test"))
        var generator = SeededGenerator(seed: 1)
        var refused = 0
        for _ in 0..<20_000 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                changed[Int.random(in: changed.indices, using: &generator)] = UInt8.random(
                    in: 0...255,
                    using: &generator
                )
            }
            if PackedTree.unpack(changed) == nil { refused += 1 }
        }
        #expect(refused > 10_000)
    }
}
