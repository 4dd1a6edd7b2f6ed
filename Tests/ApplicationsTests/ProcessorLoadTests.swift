import Base
import SwitchCore
import Synchronization
import Testing

struct ProcessorLoadTests {
    /// A machine whose clock and ticks the test moves.
    private final class Machine: Sendable {
        let milliseconds = Atomic<Int64>(0)
        let idle = Atomic<UInt64>(5000)
        let total = Atomic<UInt64>(10_000)

        func advance(milliseconds: Int64, idle: UInt64, busy: UInt64) {
            self.milliseconds.add(milliseconds, ordering: .relaxed)
            self.idle.add(idle, ordering: .relaxed)
            total.add(idle + busy, ordering: .relaxed)
        }

        func load() -> ProcessorLoad {
            ProcessorLoad(
                reading: {
                    ProcessorLoad.Times(
                        idle: self.idle.load(ordering: .relaxed),
                        total: self.total.load(ordering: .relaxed)
                    )
                },
                now: { MonotonicInstant(nanoseconds: self.milliseconds.load(ordering: .relaxed) * 1_000_000) }
            )
        }
    }

    /// However often it is asked, a second at least is looked at: a moment without an idle tick is no busy machine.
    @Test func looksAtASecond() {
        let machine = Machine()
        let load = machine.load()
        #expect(load.idlePercent() == 100)
        machine.advance(milliseconds: 999, idle: 10, busy: 90)
        #expect(load.idlePercent() == 100)
        machine.advance(milliseconds: 1, idle: 0, busy: 0)
        #expect(load.idlePercent() == 10)
        for _ in 0..<9 {
            machine.advance(milliseconds: 100, idle: 0, busy: 10)
            #expect(load.idlePercent() == 10)
        }
        machine.advance(milliseconds: 200, idle: 60, busy: 0)
        #expect(load.idlePercent() == 40)
        // Ticks that stand still or go back tell nothing.
        machine.advance(milliseconds: 2000, idle: 0, busy: 0)
        #expect(load.idlePercent() == 40)
    }

    @Test func knowsNothingOfOtherMachines() {
        let load = ProcessorLoad(reading: { nil }, now: { .distantFuture })
        #expect(load.idlePercent() == 100)
    }
}
