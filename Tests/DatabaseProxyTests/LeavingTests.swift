import Database
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import DatabaseProxy

/// How a connection ends whose node is left for another one.
struct LeavingTests {
    /// A client and a server, and what is between them.
    private struct Rig {
        let front = EmbeddedChannel()
        let back = EmbeddedChannel()
        let glue: GlueHandler
        /// How often the server has said that it is not ready.
        private let doubts: Counter

        private final class Counter: Sendable {
            let count = Atomic(0)
        }

        init(_ dialect: SQLDialect) throws {
            let doubts = Counter()
            let (client, server) = GlueHandler.pair(Conversation(dialect)) {
                _ = doubts.count.wrappingAdd(1, ordering: .relaxed)
            }
            self.doubts = doubts
            glue = client
            let somewhere = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
            for (channel, handler) in [(front, client), (back, server)] {
                try channel.pipeline.syncOperations.addHandler(handler)
                try channel.connect(to: somewhere).wait()
            }
        }

        func clientSays(_ bytes: [UInt8]) throws { try front.writeInbound(front.allocator.buffer(bytes: bytes)) }

        func serverSays(_ bytes: [UInt8]) throws { try back.writeInbound(back.allocator.buffer(bytes: bytes)) }

        /// What the client has got since the last time.
        func heard() throws -> [UInt8] { try Self.all(front) }

        /// What the server has got since the last time.
        func asked() throws -> [UInt8] { try Self.all(back) }

        private static func all(_ channel: EmbeddedChannel) throws -> [UInt8] {
            var bytes: [UInt8] = []
            while let buffer = try channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
            return bytes
        }

        var doubted: Int { doubts.count.load(ordering: .relaxed) }

        var isThere: Bool { front.isActive }

        /// Both ends or none.
        var isWhole: Bool { front.isActive == back.isActive }
    }

    // MARK: - PostgreSQL

    private static let startup: [UInt8] = [0, 0, 0, 9, 0, 3, 0, 0, 0]
    private static let query: [UInt8] = [UInt8(ascii: "Q"), 0, 0, 0, 5, 0]

    private static func ready(_ status: Unicode.Scalar) -> [UInt8] {
        [UInt8(ascii: "Z"), 0, 0, 0, 5, UInt8(ascii: status)]
    }

    private static func postgreSQL() throws -> Rig {
        let rig = try Rig(.postgreSQL)
        try rig.clientSays(startup)
        try rig.serverSays(ready("I"))
        #expect(try rig.asked() == startup)
        #expect(try rig.heard() == ready("I"))
        return rig
    }

    private static let farewell = RefusalPacket.postgreSQLGoes("this server is left for another one: connect again")

    @Test func whoIsIdleGoesAtOnce() throws {
        let rig = try Self.postgreSQL()
        rig.glue.leave { false }
        #expect(try rig.heard() == Self.farewell)
        #expect(!rig.isThere && rig.isWhole)
    }

    /// The transaction is carried out to its end, and its answer comes first.
    @Test func aTransactionMayEnd() throws {
        let rig = try Self.postgreSQL()
        try rig.clientSays(Self.query)
        try rig.serverSays(Self.ready("T"))
        rig.glue.leave { false }
        #expect(rig.isThere)
        try rig.clientSays(Self.query)
        #expect(try rig.asked() == Self.query + Self.query)
        #expect(rig.isThere)
        try rig.serverSays(Self.ready("I"))
        #expect(try rig.heard() == Self.ready("T") + Self.ready("I") + Self.farewell)
        #expect(!rig.isThere && rig.isWhole)
    }

    /// Who leaves is counted once, and who stays or is ended is not.
    @Test(arguments: [true, false])
    func departuresAreNoted(mayStay: Bool) throws {
        let departures = Atomic(0)
        let rig = try Self.postgreSQL()
        try rig.clientSays(Self.query)
        rig.glue.leave {
            mayStay
        } then: {
            _ = departures.wrappingAdd(1, ordering: .relaxed)
        }
        #expect(departures.load(ordering: .relaxed) == 0)
        try rig.serverSays(Self.ready("I"))
        rig.glue.end()
        #expect(departures.load(ordering: .relaxed) == (mayStay ? 0 : 1))
    }

    @Test func whoMayStayAfterAllStays() throws {
        let rig = try Self.postgreSQL()
        rig.glue.leave { true }
        try rig.clientSays(Self.query)
        try rig.serverSays(Self.ready("I"))
        #expect(try rig.heard() == Self.ready("I"))
        #expect(rig.isThere)
    }

    /// In a transaction, and while a statement is carried out.
    @Test(arguments: [[], query])
    func whoDoesNotEndIsEnded(last: [UInt8]) throws {
        let rig = try Self.postgreSQL()
        try rig.clientSays(Self.query)
        try rig.serverSays(Self.ready("T"))
        try rig.clientSays(last)
        rig.glue.leave { false }
        #expect(rig.isThere)
        rig.glue.end()
        #expect(try rig.heard() == Self.ready("T") + Self.farewell)
        #expect(!rig.isThere && rig.isWhole)
    }

    /// Nothing is known of an encrypted connection: it stays until its time is over, and ends without a word.
    @Test func encryptedConnectionsEndInSilence() throws {
        let rig = try Rig(.postgreSQL)
        try rig.clientSays([0, 0, 0, 8, 4, 210, 22, 47])
        try rig.serverSays([UInt8(ascii: "S")])
        try rig.serverSays(Self.ready("I"))
        rig.glue.leave { false }
        #expect(try rig.heard() == [UInt8(ascii: "S")] + Self.ready("I"))
        #expect(rig.isThere)
        rig.glue.end()
        #expect(try rig.heard() == [])
        #expect(!rig.isThere && rig.isWhole)
    }

    // MARK: - MariaDB

    private static func packet(_ number: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [UInt8(payload.count), 0, 0, number] + payload
    }

    private static func ok(_ status: UInt8, number: UInt8 = 1) -> [UInt8] {
        packet(number, [0, 0, 0, status, 0, 0, 0])
    }

    private static func mariaDB() throws -> Rig {
        let rig = try Rig(.mariaDB)
        var greeting: [UInt8] = [10] + Array("11\0".utf8)
        greeting += [UInt8](repeating: 1, count: 12)
        greeting += [0, 0, 2, 45, 2, 0, 0, 0]
        try rig.serverSays(packet(0, greeting))
        try rig.clientSays(packet(1, [0, 2, 0, 0] + [UInt8](repeating: 0, count: 28)))
        try rig.serverSays(ok(2, number: 2))
        _ = try rig.heard()
        return rig
    }

    /// A word that nobody has asked for would be taken for an answer.
    @Test func whoIsIdleFindsTheConnectionClosed() throws {
        let rig = try Self.mariaDB()
        rig.glue.leave { false }
        #expect(try rig.heard() == [])
        #expect(!rig.isThere && rig.isWhole)
    }

    /// Between two statements it is the answer to the next one; while one is carried out, to that.
    @Test(arguments: [false, true])
    func whoHasATransactionIsTold(isAsking: Bool) throws {
        let rig = try Self.mariaDB()
        try rig.clientSays(Self.packet(0, [3, 65]))
        try rig.serverSays(Self.ok(3))
        if isAsking {
            try rig.clientSays(Self.packet(0, [3, 65]))
            try rig.serverSays(Self.packet(1, [1]))
        }
        rig.glue.leave { false }
        #expect(rig.isThere)
        _ = try rig.heard()
        rig.glue.end()
        let farewell = try rig.heard()
        #expect(farewell.dropFirst(3).first == (isAsking ? 2 : 1))
        #expect(farewell.dropFirst(4).starts(with: [0xFF, 0x1D, 0x04] + Array("#08S01this server is left".utf8)))
        #expect(!rig.isThere && rig.isWhole)
    }
    // MARK: - A node that is not ready

    private static let notReady = [0xFF, 0x17, 4] + Array("#08S01WSREP has not yet prepared node for use".utf8)

    /// The error is found behind another answer, and however it is divided; the client has it, and nothing more.
    @Test(arguments: [false, true])
    func aNodeThatIsNotReadyIsLeft(isDivided: Bool) throws {
        let rig = try Self.mariaDB()
        try rig.clientSays(Self.packet(0, [3, 65]) + Self.packet(0, [3, 65]))
        let answers = Self.ok(2) + Self.packet(1, Self.notReady)
        if isDivided { for byte in answers { try rig.serverSays([byte]) } } else { try rig.serverSays(answers) }
        #expect(try rig.heard() == answers)
        #expect(rig.doubted == 1)
        #expect(!rig.isThere && rig.isWhole)
    }

    /// Data may hold the same bytes, also where a piece of what comes begins with them.
    @Test func dataForgeNoError() throws {
        let rig = try Self.mariaDB()
        try rig.clientSays(Self.packet(0, [3, 65]))
        let forged = Self.packet(1, Self.notReady)
        let end = Self.packet(3, [0xFE, 0, 0, 2, 0])
        try rig.serverSays(Self.packet(1, [1]) + Self.packet(2, [3, 65]) + end)
        let row = Self.packet(4, [UInt8(forged.count)] + forged)
        try rig.serverSays(Array(row.prefix(5)))
        try rig.serverSays(forged)
        try rig.serverSays(Self.packet(5, [0xFE, 0, 0, 2, 0]))
        #expect(rig.doubted == 0)
        #expect(rig.isThere)
    }
}
