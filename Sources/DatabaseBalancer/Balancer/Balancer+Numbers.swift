import Database
import Synchronization

/// The numbers of changes, and the table where they are noted.
extension Balancer {
    /// Whether changes can be numbered; the table for it is made the first time.
    func canNumber(on index: Int) async -> Bool {
        guard settings.numbersRequests else { return false }
        switch state.withLock({ $0.numbering }) {
        case .ready: return true
        case .impossible: return false
        case .unknown: break
        }
        let table = BalancerTable.requests(dialect)
        let pool = nodes[index].pool
        if await table.exists(in: pool) { return setNumbering(.ready) }
        do throws(DatabaseError) {
            try await table.make(in: pool)
            return setNumbering(.ready)
        } catch {
            guard error.isServersWord, error.kind != .conflict else { return false }
            tell(isBad: true, "changes are not numbered, and may stay in doubt: \(error)")
            return setNumbering(.impossible)
        }
    }

    /// A number for a change, which has to be ended.
    func takeNumber() -> RequestNumber { state.withLock { $0.numbers.take() } }

    func endNumber(_ number: RequestNumber) {
        state.withLock { $0.numbers.end(number) }
    }

    private func setNumbering(_ numbering: Numbering) -> Bool {
        state.withLock { $0.numbering = numbering }
        return numbering == .ready
    }
}
