public import Base
import Synchronization

/// The loops that calls live on, given out in turn.
public final class LoopGroup: Sendable {
    /// The loops; never empty.
    public let loops: [any Loop]
    /// The first of them; its clock serves where no loop is meant.
    public let first: any Loop
    private let turn = Atomic<Int>(0)

    /// A group of a first loop and perhaps others.
    public init(_ first: any Loop, _ others: [any Loop] = []) {
        self.first = first
        loops = [first] + others
    }

    /// The next loop in turn.
    public func next() -> any Loop {
        let index = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return loops.count == 1 ? first : loops[Int(UInt(bitPattern: index) % UInt(loops.count))]
    }
}
