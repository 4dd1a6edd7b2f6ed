import Base
import Database

/// The numbers that one balancer gives to its changes, in their order, so that those that are not needed any more can be
/// taken out of the table together.
struct RequestSeries: Sendable {
    private let dialect: SQLDialect
    /// What tells this balancer from all others.
    private let prefix: String
    private var last: UInt64 = 0
    /// Those whose changes have not ended.
    private var open: Set<UInt64> = []
    /// All before this one had ended when it was looked last.
    private var ended: UInt64 = 0

    init(_ dialect: SQLDialect) {
        var generator = SystemRandomNumberGenerator()
        self.dialect = dialect
        prefix = RandomToken.hex(bytes: 16, using: &generator)
    }

    private func id(_ place: UInt64) -> String {
        let digits = String(place, radix: 16)
        return prefix + String(repeating: "0", count: max(16 - digits.count, 0)) + digits
    }

    /// The number for a change that begins.
    mutating func take() -> RequestNumber {
        last &+= 1
        open.insert(last)
        return RequestNumber(dialect, id: id(last))
    }

    /// What became of a change is known, or never will be.
    mutating func end(_ number: RequestNumber) {
        if let place = UInt64(number.id.dropFirst(prefix.count), radix: 16) { open.remove(place) }
    }

    /// The ids that nobody will look for: those that had ended when this was called the last time.
    ///
    /// A while later, what is beside them in the table is no longer being written.
    mutating func takeEnded() -> Range<String>? {
        let before = ended
        ended = open.min() ?? last &+ 1
        return before > 0 ? id(0)..<id(before) : nil
    }
}
