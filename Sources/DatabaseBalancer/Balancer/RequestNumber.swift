import Base
import Database

/// The number of one change: it is noted in a table, in the same transaction as the change.
///
/// When the answer to a COMMIT is lost, the number tells what became of it. Whoever looks tries to note it himself, as
/// void: when that succeeds, the change can never be committed any more, since its number is taken; when the number is
/// there already, the change was committed. So it is certain, even while the lost statement is still on its way.
struct RequestNumber: Sendable {
    let id: String
    private let table: BalancerTable
    private let made = (monotonic: MonotonicInstant.now, wall: MachineClock.wall.nanoseconds)

    /// What the table says of a number whose change was committed.
    static let done = "done"
    /// What it says when nobody may use the number any more.
    private static let void = "void"

    /// How a change ended whose answer was lost.
    enum Fate: Sendable {
        case committed
        /// It has had no effect, and will have none.
        case void
    }

    init(_ dialect: SQLDialect, id: String) {
        (self.id, table) = (id, .requests(dialect))
    }

    /// Whether so much time has passed that it may have been taken out of the table.
    ///
    /// Then nothing follows when it is not there. A machine may have slept, of which only one of its clocks knows.
    var isOld: Bool {
        let asleep = Duration.nanoseconds(MachineClock.wall.nanoseconds - made.wall)
        return max(MonotonicInstant.now - made.monotonic, asleep) > BalancerTable.lifetime / 2
    }

    /// The statement that notes it, which comes first in the change's transaction.
    var statement: Statement { table.insertion(of: id, state: Self.done) }

    /// Finds out what became of the change, and makes it void when it has not been committed.
    ///
    /// - Returns: `nil` when it has to be asked again.
    func settle(in pool: DatabasePool, within deadline: Duration? = nil) async throws(DatabaseError) -> Fate? {
        do throws(DatabaseError) {
            _ = try await pool.execute(table.insertion(of: id, state: Self.void), within: deadline)
            return .void
        } catch  where error.kind == .uniqueViolation {
            switch try await table.state(of: id, in: pool, within: deadline) {
            case Self.done: return .committed
            case Self.void: return .void
            default: return nil
            }
        }
    }
}
