import Cache
import XMLConfig

/// Feeds bytes to what reads servers' replies, whole and in pieces, and to what reads stored things.
public enum MemcachedFuzz {
    /// Runs one input; a disagreement traps.
    public static func run(_ bytes: [UInt8]) {
        check(bytes, ReplyReader())
        check(bytes, BinaryReplyReader())
        if let form = StoredForm(bytes) {
            precondition(form.tags.count <= StoredForm.tagLimit && form.body.count < bytes.count)
            precondition(StoredForm(form.bytes) == form, "what is written reads the same")
        }
        if let node = PackedTree.unpack(bytes) {
            let again = PackedTree.unpack(PackedTree.pack(node))
            precondition(again?.description == node.description, "what is written reads the same")
        }
        let entry = ForgetEntry(bytes, orElse: "x")
        let again = ForgetEntry(entry.bytes, orElse: "x")
        if entry.bytes.count <= ForgetEntry.lengthLimit {
            precondition(again.identifier == entry.identifier && again.list == entry.list, "it is of the same node")
            precondition(again.tags == entry.tags || again.tags == [ForgetEntry.everything], "and means no less")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        for server in ServerAddress.list(text) ?? [] {
            precondition((1...65_535).contains(server.port) && ServerAddress(server.description)?.host == server.host)
        }
        if MemcachedCommand.isKey(text) {
            precondition(!MemcachedCommand.get([text]).bytes.dropLast(2).contains(10), "a key ends no line")
        }
    }

    private static func check(_ bytes: [UInt8], _ reader: some MemcachedReplyReading) {
        let whole = replies(bytes, reader, chunk: max(bytes.count, 1))
        let pieces = replies(bytes, reader, chunk: 1 + bytes.count % 7)
        precondition(whole == pieces, "the network's pieces make no difference")
    }

    private static func replies(
        _ bytes: [UInt8],
        _ reader: some MemcachedReplyReading,
        chunk: Int
    ) -> [MemcachedReply?] {
        var reader = reader
        var found: [MemcachedReply?] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            reader.take(rest.prefix(chunk))
            rest = rest.dropFirst(chunk)
            do {
                while let reply = try reader.next() { found.append(reply) }
            } catch {
                return found + [nil]
            }
        }
        return found
    }
}
