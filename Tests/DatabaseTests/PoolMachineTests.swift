import Base
import Testing

@testable import Database

/// Who gets which connection, event by event; connections are numbers here.
struct PoolMachineTests {
    private static func machine(connections: Int = 1, waiters: Int = 2) -> PoolMachine<Int> {
        var settings = PoolSettings(connections: connections)
        settings.waiters = waiters
        return PoolMachine(settings)
    }

    private static func at(_ milliseconds: Int) -> MonotonicInstant { .zero + .milliseconds(milliseconds) }

    private static let failure = DatabaseError(.unavailable, "no route")

    @Test func aConnectionIsOpenedAndKept() {
        var machine = Self.machine()
        #expect(described(machine.requested(by: 1, now: .zero)) == "wait, open")
        #expect(described(machine.opened(7)) == "hand 7 to 1")
        #expect(described(machine.returned(7)) == "keep")
        let idle = [machine.takeIdle(), machine.takeIdle()]
        #expect(idle == [7, nil])
        #expect((machine.busy, machine.count) == (1, 1))
    }

    @Test func whoComesFirstIsServedFirst() {
        var machine = Self.machine()
        #expect(described(machine.requested(by: 1, now: .zero)) == "wait, open")
        #expect(described(machine.requested(by: 2, now: .zero)) == "wait")
        #expect(described(machine.requested(by: 3, now: .zero)) == "refuse exhausted")
        #expect(described(machine.opened(7)) == "hand 7 to 1")
        #expect(described(machine.requested(by: 4, now: .zero)) == "wait")
        let waited = [machine.gaveUp(2), machine.gaveUp(1)]
        #expect(waited == [true, false])
        #expect(described(machine.returned(7)) == "hand 7 to 4")
        #expect(described(machine.returned(7)) == "keep")
    }

    @Test func noMoreAreOpenedThanMayBeOrAreWaitedFor() {
        var machine = Self.machine(connections: 2, waiters: 9)
        #expect(described(machine.requested(by: 1, now: .zero)) == "wait, open")
        #expect(described(machine.requested(by: 2, now: .zero)) == "wait, open")
        #expect(described(machine.requested(by: 3, now: .zero)) == "wait")
        #expect(described(machine.opened(7)) == "hand 7 to 1")
        #expect(described(machine.returned(7)) == "hand 7 to 2")
        #expect(described(machine.opened(8)) == "hand 8 to 3")
        #expect(described(machine.discarded(now: .zero)) == "none")
        #expect(described(machine.requested(by: 4, now: .zero)) == "wait, open")
    }

    /// A lost connection is replaced for who waits.
    @Test func aLostConnectionIsReplaced() {
        var machine = Self.machine()
        _ = machine.requested(by: 1, now: .zero)
        _ = machine.opened(7)
        _ = machine.requested(by: 2, now: .zero)
        #expect(described(machine.discarded(now: .zero)) == "open")
        #expect(described(machine.opened(8)) == "hand 8 to 2")
    }

    /// After a failure calls fail at once, until the pause is over; the pause grows, and is short again after a success.
    @Test func pauses() {
        var machine = Self.machine()
        var now = 0
        for pause in [100, 200, 400, 800, 1600, 3200, 5000, 5000] {
            #expect(described(machine.requested(by: 1, now: Self.at(now))) == "wait, open")
            #expect(described(machine.openingFailed(Self.failure, now: Self.at(now))) == "fail [1] unavailable")
            #expect(described(machine.requested(by: 2, now: Self.at(now + pause - 1))) == "refuse unavailable")
            now += pause
        }
        _ = machine.requested(by: 3, now: Self.at(now))
        #expect(described(machine.opened(7)) == "hand 7 to 3")
        #expect(machine.failure == nil)
        _ = machine.discarded(now: Self.at(now))
        _ = machine.requested(by: 4, now: Self.at(now))
        _ = machine.openingFailed(Self.failure, now: Self.at(now))
        #expect(described(machine.requested(by: 5, now: Self.at(now + 100))) == "wait, open")
    }

    /// Who may still get a connection that is in use is not told of the failure; when that is lost too, it is.
    @Test func aFailureWhileOthersAreInUse() {
        var machine = Self.machine(connections: 2)
        _ = machine.requested(by: 1, now: .zero)
        _ = machine.opened(7)
        _ = machine.requested(by: 2, now: .zero)
        #expect(described(machine.openingFailed(Self.failure, now: .zero)) == "none")
        #expect(described(machine.requested(by: 3, now: Self.at(1))) == "wait")
        #expect(described(machine.returned(7)) == "hand 7 to 2")
        #expect(described(machine.discarded(now: Self.at(2))) == "fail [3] unavailable")
    }

    @Test func afterTheEnd() {
        var machine = Self.machine(connections: 2)
        _ = machine.requested(by: 1, now: .zero)
        _ = machine.opened(7)
        _ = machine.requested(by: 2, now: .zero)
        let (idle, waiters) = machine.close()
        #expect((idle, waiters) == ([], [2]))
        #expect(described(machine.requested(by: 3, now: .zero)) == "refuse unavailable")
        #expect(described(machine.opened(8)) == "close 8")
        #expect(described(machine.returned(7)) == "close 7")
        #expect(machine.isEmpty)
    }

    private func described(_ result: PoolMachine<Int>.OnRequest) -> String {
        switch result {
        case .use(let connection): "use \(connection)"
        case .wait(let opens): opens ? "wait, open" : "wait"
        case .refuse(let error): "refuse \(error.kind)"
        }
    }

    private func described(_ result: PoolMachine<Int>.OnConnection) -> String {
        switch result {
        case .hand(let connection, let waiter): "hand \(connection) to \(waiter)"
        case .keep: "keep"
        case .close(let connection): "close \(connection)"
        }
    }

    private func described(_ result: PoolMachine<Int>.OnLoss) -> String {
        switch result {
        case .open: "open"
        case .fail(let waiters, let error): "fail \(waiters) \(error.kind)"
        case .none: "none"
        }
    }
}
