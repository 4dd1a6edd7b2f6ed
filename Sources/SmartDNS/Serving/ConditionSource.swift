public import Base
public import NetworkConditions
import Synchronization
import XMLConfig

/// Where rows of network conditions come from.
public protocol ConditionSource: Sendable {
    /// The rows that there are; those that were there before need not come again.
    func conditions() async throws -> [NetworkCondition]
}

/// Rows in a file, one a line.
///
/// Network, data center, round trip in milliseconds, loss in percent, jitter in milliseconds, number of observations. What
/// cannot be read is left aside.
public final class ConditionFile: ConditionSource {
    /// How long the file may be, in bytes.
    static let maximumLength = 64 << 20

    /// How often what has not changed is said again: as long as it is in the file it counts, and rows that nobody repeats are
    /// forgotten.
    static let repetition = Duration.seconds(300)

    private let path: String
    private let clock: @Sendable () -> MonotonicInstant
    private let known = Mutex(Known())

    private struct Known {
        var bytes: [UInt8] = []
        var since = MonotonicInstant.zero
    }

    /// Rows in a file.
    public init(path: String, clock: @escaping @Sendable () -> MonotonicInstant = { .now }) {
        (self.path, self.clock) = (path, clock)
    }

    /// Reads the file; nothing when it says what it said a short while before.
    public func conditions() async throws -> [NetworkCondition] {
        let bytes = try LocalFiles().contents(of: path, limit: Self.maximumLength)
        let now = clock()
        let isNew = known.withLock { known in
            guard known.bytes != bytes || now - known.since >= Self.repetition else { return false }
            known = Known(bytes: bytes, since: now)
            return true
        }
        guard isNew else { return [] }
        return Self.parse(String(decoding: bytes, as: UTF8.self), at: now)
    }

    static func parse(_ text: String, at now: MonotonicInstant) -> [NetworkCondition] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 6, let network = IPPrefix(words[0]) else { return nil }
            let numbers = words[2...].compactMap { Double($0) }.filter { $0.isFinite && $0 >= 0 }
            let longest = NetworkCondition.maximumMilliseconds
            guard numbers.count == 4, numbers[0] <= longest, numbers[1] <= 100, numbers[2] <= longest
            else { return nil }
            // One row may not outvote all others.
            let (loss, weight) = (numbers[1] / 100, min(numbers[3], NetworkCondition.maximumWeight))
            return NetworkCondition(
                network: network,
                dataCenter: String(words[1]),
                roundTrip: Estimate(mean: numbers[0], variance: 9, weight: weight),
                loss: Estimate(mean: loss, variance: loss * (1 - loss) / 250, weight: weight),
                jitter: Estimate(mean: numbers[2], variance: 1, weight: weight),
                clients: 1,
                newest: now
            )
        }
    }
}
