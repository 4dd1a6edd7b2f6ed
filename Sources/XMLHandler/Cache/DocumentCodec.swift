import Cache
import XMLConfig

/// How documents are kept.
enum DocumentCodec {
    /// The codec of documents: packed, and as text in the form in which FusionPBX's script keeps them.
    static let codec = CacheCodec<XMLNode>(
        encode: { PackedTree.pack($0) },
        decode: { PackedTree.unpack($0) },
        encodeShared: { Array(shared($0).utf8) },
        decodeShared: { document($0).flatMap { hasContent($0) ? $0 : nil } },
        tags: { tags(of: $0) },
        cost: { $0.footprint }
    )

    /// A document as text for FreeSWITCH's command `memcache`, whose arguments are quoted by `'`.
    private static func shared(_ document: XMLNode) -> String {
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n"
            + document.description.replacing("'", with: "&#39;")
    }

    private static func document(_ bytes: [UInt8]) -> XMLNode? {
        // One that is malformed is made anew.
        guard let document = try? XMLDocument.parse(bytes, named: "memcached"), document.name == "document" else {
            return nil
        }
        return document
    }

    /// Whether there is something in a document: the script keeps the empty answers that its own faults make.
    private static func hasContent(_ document: XMLNode) -> Bool {
        document.children.first?.children.first?.children.isEmpty == false
    }

    /// A user's document comes under each of its names, and is forgotten with each.
    private static func tags(of document: XMLNode) -> [String] {
        guard let section = document.children.first, section[attribute: "name"] == "directory",
            let domain = section.children.first,
            let user = domain.first("groups")?.first("group")?.first("users")?.first("user")
        else { return [] }
        let names = ["id", "number-alias"].compactMap { user[attribute: $0] }.filter { !$0.isEmpty }
        return Set(names).sorted().map { "directory.\(ForgottenKey.normal($0))" }
    }
}
