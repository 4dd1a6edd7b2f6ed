import Base
import Crypto

/// Which server has a key, as libmemcached reckons it, so that other programs with the same list find the same items.
public struct ServerRing: Sendable {
    /// How keys are spread over servers.
    public enum Distribution: String, CaseIterable, Sendable {
        /// Points of each server on a circle (weighted ketama with MD5): the others' keys stay where they are when a server
        /// is added or left out.
        case ketama
        /// A hash (one-at-a-time) modulo the count of servers: what libmemcached does when it is told nothing, and thereby
        /// what FreeSWITCH's `mod_memcache` does.
        case modula

        /// What settings call them.
        public static let named = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })
    }

    private struct Point {
        let value: UInt32
        let server: Int
    }

    private let count: Int
    private let points: [Point]

    /// The ring of some servers; their order counts.
    public init(_ servers: [ServerAddress], _ distribution: Distribution) {
        count = servers.count
        points = distribution == .ketama && servers.count > 1 ? Self.points(of: servers) : []
    }

    /// The place, among the servers, of the one that has a key; `nil` when there are none.
    public func server(of key: String) -> Int? {
        guard count > 1 else { return count == 1 ? 0 : nil }
        guard !points.isEmpty else { return Int(Self.oneAtATime(key.utf8)) % count }
        let hash = Self.word(0, of: Insecure.MD5.hash(data: Array(key.utf8)))
        var (low, high) = (0, points.count)
        while low < high {
            let middle = (low + high) / 2
            if points[middle].value < hash { low = middle + 1 } else { high = middle }
        }
        return points[low < points.count ? low : 0].server
    }

    /// How many hashes a server of average weight has; each is four points.
    private static let hashesPerServer = 40

    private static func points(of servers: [ServerAddress]) -> [Point] {
        let total = servers.reduce(0) { $0 + $1.weight }
        var points: [Point] = []
        for (index, server) in servers.enumerated() {
            // In the precision of libmemcached, which rounds down what comes of it.
            let share = Float(server.weight) / Float(total)
            let hashes = Int((share * Float(hashesPerServer) * Float(servers.count) + 0.000_000_000_1).rounded(.down))
            let host = server.port == ServerAddress.usualPort ? server.host : "\(server.host):\(server.port)"
            for number in 0..<hashes {
                let digest = Insecure.MD5.hash(data: Array("\(host)-\(number)".utf8))
                for part in 0..<4 { points.append(Point(value: word(part, of: digest), server: index)) }
            }
        }
        return points.sorted { ($0.value, $0.server) < ($1.value, $1.server) }
    }

    /// One of the four words of a digest, the lowest byte first.
    private static func word(_ part: Int, of digest: Insecure.MD5Digest) -> UInt32 {
        digest.dropFirst(part * 4).prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Jenkins' one-at-a-time hash.
    private static func oneAtATime(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var hash: UInt32 = 0
        for byte in bytes {
            // libmemcached adds signed characters.
            hash &+= UInt32(bitPattern: Int32(Int8(bitPattern: byte)))
            hash &+= hash << 10
            hash ^= hash >> 6
        }
        hash &+= hash << 3
        hash ^= hash >> 11
        hash &+= hash << 15
        return hash
    }
}
