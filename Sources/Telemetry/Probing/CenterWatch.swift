import Base

/// What an observer makes of the answers of one data center: a value.
package struct CenterWatch: Sendable {
    private let center: String
    private let observer: String
    private var misses = 0
    private var serial: Int64
    private var newest = 0

    /// Nothing is known yet.
    ///
    /// - Parameter serial: Where the numbers of observations begin: further than those of an earlier run.
    package init(center: String, observer: String, serial: Int64) {
        (self.center, self.observer, self.serial) = (center, observer, serial)
    }

    /// The data center has answered a question with a status of HTTP, or not at all.
    ///
    /// - Parameter number: Which question: what comes after the answer to a later one says nothing.
    /// - Returns: What is seen now; `nil` when that is nothing new.
    package mutating func heard(_ status: Int?, to number: Int) -> CenterObservation? {
        guard number > newest else { return nil }
        newest = number
        serial += 1
        misses = status == nil ? min(misses + 1, 1000) : 0
        // Whoever says anything else than that it is ready is there, and is not.
        let state: CenterObservation.State = status.map { (200..<300).contains($0) ? .ready : .unready } ?? .silent
        return CenterObservation(center: center, observer: observer, state: state, misses: misses, serial: serial)
    }
}
