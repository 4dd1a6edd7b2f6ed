import Base
import MediaEngine
import Testing

/// Bridges to streams that are closed already.
struct ClosedBridgeTests {
    /// Nothing remembers a bridge that no stream can have any more.
    @Test(arguments: [(true, true), (true, false), (false, true)])
    func leavesNothing(closesFirst: Bool, closesSecond: Bool) throws {
        let engine = try makeEngine()
        let (first, second) = (try engine.openStream(on: .loopbackV4), try engine.openStream(on: .loopbackV4))
        if closesFirst { first.close() }
        if closesSecond { second.close() }
        first.bridge(to: second)
        #expect(!first.isBridged && !second.isBridged)
    }
}
