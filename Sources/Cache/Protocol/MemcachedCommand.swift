import Base

/// What a server is asked, in memcached's text protocol.
public enum MemcachedCommand: Hashable, Sendable {
    /// How an item is stored.
    public enum Storing: String, Sendable {
        /// Whatever is there.
        case set
        /// Only where there is none.
        case add
        /// Only where there is one.
        case replace
    }

    /// The items under some keys, as far as they are there.
    case get([String])
    /// The same, with the number that each got when it was stored.
    case getNumbered([String])
    /// Stores an item for so many seconds; 0 for as long as there is room, -1 for not at all: whatever was there is gone.
    case store(Storing, MemcachedItem, seconds: Int)
    /// Has an item last for so many seconds from now on.
    case touch(String, seconds: Int)
    /// Takes an item out.
    case delete(String)
    /// Adds to a counter.
    case increment(String, by: UInt64)
    /// Takes from a counter, not below zero.
    case decrement(String, by: UInt64)
    /// Takes everything out, in so many seconds.
    case flush(seconds: Int)
    /// The server's figures.
    case statistics
    /// The server's version.
    case version
    /// Says who asks, on a connection that is new.
    case authenticate(MemcachedCredentials)

    /// How long a key may be, in bytes.
    public static let keyLimit = 250

    /// Whether a text may be a key: nothing in it may end it, or the line.
    public static func isKey(_ text: String) -> Bool {
        let bytes = text.utf8
        return !bytes.isEmpty && bytes.count <= keyLimit && bytes.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }

    /// Whether every key in it may be one; it must not be sent otherwise.
    public var isSound: Bool {
        switch self {
        case .get(let keys), .getNumbered(let keys): !keys.isEmpty && keys.allSatisfy(Self.isKey)
        case .store(_, let item, let seconds): Self.isKey(item.key) && seconds >= -1
        case .touch(let key, let seconds): Self.isKey(key) && seconds >= 0
        case .delete(let key), .increment(let key, _), .decrement(let key, _): Self.isKey(key)
        case .flush(let seconds): seconds >= 0
        case .statistics, .version, .authenticate: true
        }
    }

    /// What is sent.
    public var bytes: [UInt8] {
        switch self {
        case .get(let keys): return Array("get \(keys.joined(separator: " "))\r\n".utf8)
        case .getNumbered(let keys): return Array("gets \(keys.joined(separator: " "))\r\n".utf8)
        case .store(let storing, let item, let seconds):
            let head = "\(storing.rawValue) \(item.key) \(item.flags) \(seconds) \(item.value.count)\r\n"
            var bytes = Array(head.utf8)
            bytes.reserveCapacity(bytes.count + item.value.count + 2)
            bytes += item.value
            bytes += [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
            return bytes
        case .touch(let key, let seconds): return Array("touch \(key) \(seconds)\r\n".utf8)
        case .delete(let key): return Array("delete \(key)\r\n".utf8)
        case .increment(let key, let step): return Array("incr \(key) \(step)\r\n".utf8)
        case .decrement(let key, let step): return Array("decr \(key) \(step)\r\n".utf8)
        case .flush(let seconds): return Array((seconds > 0 ? "flush_all \(seconds)\r\n" : "flush_all\r\n").utf8)
        case .statistics: return Array("stats\r\n".utf8)
        case .version: return Array("version\r\n".utf8)
        case .authenticate(let who):
            // A server that takes everybody would store it as an item: with less than no time to live it does not.
            let words = "\(who.user) \(who.password)"
            return Array("set auth 0 -1 \(words.utf8.count)\r\n\(words)\r\n".utf8)
        }
    }

    /// Thirty days: what is longer, a server takes for a point in time.
    public static let longest = 60 * 60 * 24 * 30

    /// A time as a server understands it: no longer than ``longest``, and never 0, which would be for ever.
    public static func lasting(_ seconds: Int) -> Int { min(max(seconds, 1), longest) }
}
