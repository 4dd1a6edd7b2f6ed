import Logging
import Synchronization

/// A level below which nothing is wanted, or none at all; to ask is one atomic read.
final class LogThreshold: Sendable {
    private static let levels = Logger.Level.allCases

    // The position among the levels; what is below is not wanted.
    private let position: Atomic<Int>

    init(_ level: Logger.Level? = nil) {
        position = Atomic(Self.position(of: level))
    }

    /// The least important level that is wanted; `nil` when none is.
    var level: Logger.Level? {
        get {
            let position = position.load(ordering: .relaxed)
            return Self.levels.indices.contains(position) ? Self.levels[position] : nil
        }
        set { position.store(Self.position(of: newValue), ordering: .relaxed) }
    }

    private static func position(of level: Logger.Level?) -> Int {
        level.flatMap { levels.firstIndex(of: $0) } ?? .max
    }
}
