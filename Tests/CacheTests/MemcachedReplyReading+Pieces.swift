import Cache

extension MemcachedReplyReading {
    /// The replies in bytes that come in pieces of a size.
    mutating func replies(in bytes: [UInt8], pieces size: Int) throws -> [MemcachedReply] {
        var found: [MemcachedReply] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            take(rest.prefix(size))
            rest = rest.dropFirst(size)
            while let reply = try next() { found.append(reply) }
        }
        return found
    }
}
