import Base
import Database
import Logging
import NetworkConditions
import TandemTesting
import Telemetry
import Testing

@testable import Measuring

struct ConditionSenderTests {
    private static let now = MonotonicInstant.zero + .seconds(1_000_000)

    /// Old rows that cannot be taken out do not have rows written again that are written.
    @Test func cleaningThatFails() async throws {
        let directory = TemporaryDirectory()
        let dsn = try DatabaseDSN("sqlite://\(directory.path)/shared.db", directory: directory.path)
        let pool = DatabasePool(dsn)
        let writer = ConditionItems.Writer(dataCenter: "dc1", node: "one")
        let sender = ConditionSender(
            SharedConditions(pool),
            nil,
            writer,
            logger: Logger(label: "test") { _ in LogCapture() }
        )
        let estimate = Estimate(mean: 1, variance: 1, weight: 1)
        let row = NetworkCondition(
            network: try #require(IPPrefix("192.0.2.0/24")),
            dataCenter: "dc1",
            roundTrip: estimate,
            loss: estimate,
            jitter: estimate,
            clients: 1,
            newest: Self.now
        )
        // On a busy machine a statement may take longer than it may.
        for _ in 0..<50 where !sender.isWriting {
            _ = await sender.send(ConditionSender.Load(changes: [row]), at: Self.now)
        }
        try await pool.execute("UPDATE network_conditions SET written = written - 90000")
        try await pool.execute(
            "CREATE TRIGGER refusal BEFORE DELETE ON network_conditions BEGIN SELECT RAISE(ABORT, 'not now'); END"
        )
        let failures = sender.counts.failures
        // By then it is every switch's turn.
        let later = Self.now + .seconds(700)
        #expect(await sender.send(ConditionSender.Load(), at: later))
        #expect(sender.counts.failures == failures)
        #expect(sender.isWriting)
        func left() async throws -> Int { try await pool.query("SELECT node FROM network_conditions").count }
        #expect(try await left() == 1)
        try await pool.execute("DROP TRIGGER refusal")
        for round in 1..<50 {
            #expect(await sender.send(ConditionSender.Load(), at: later + .seconds(600 * round)))
            if try await left() == 0 { break }
        }
        #expect(try await left() == 0)
        await pool.close()
    }
}
