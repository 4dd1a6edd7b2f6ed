import SwitchCore
import Synchronization
import TandemTesting
import Testing

/// Those who do something about events.
struct EventWatchTests {
    /// What a full queue loses is told once for each time that it was full, with how much that is in all.
    @Test func tellsWhatIsDropped() throws {
        let log = LogCapture()
        let exchange = try TestSwitch("", log: log)
        let softswitch = exchange.softswitch
        let watch = EventWatch(softswitch, queueLimit: 2)
        let heard = Mutex<[Int]>([])
        watch.start([.trap, .notify], on: exchange.loop) { events in heard.withLock { $0.append(events.count) } }
        for count in [2, 5, 1, 3, 2] {
            for _ in 0..<count { softswitch.events.publish(.trap) { softswitch.makeEvent(.trap) } }
            exchange.loop.runQueued()
        }
        watch.stop()
        exchange.loop.runQueued()
        #expect(heard.withLock { $0 } == [2, 2, 1, 2, 2])
        let line = "events were dropped, too many came at once"
        #expect(
            log.lines.filter { $0.hasPrefix(line) } == [3, 4].map { "\(line) dropped=\($0) events=TRAP,NOTIFY" }
        )
    }
}
