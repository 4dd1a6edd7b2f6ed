import Testing

@testable import DatabaseProxy

/// What is said in the transcripts, and how they are carried out.
extension MariaDBSessionTests {
    enum Step: Sendable {
        /// The client sends a packet.
        case client([UInt8], number: UInt8 = 0)
        /// The server does.
        case server([UInt8], number: UInt8 = 1)
        /// What is known then.
        case idle(Bool)
    }

    struct Transcript: CustomTestStringConvertible, Sendable {
        let name: String
        /// Whether columns and rows end with EOF packets; `nil` where it makes no difference.
        var hasOldEnds: Bool?
        let steps: [Step]
        var testDescription: String { name }
    }

    // MARK: - Packets

    static let protocol41: UInt32 = 1 << 9
    static let deprecateEOF: UInt32 = 1 << 24

    static func half(_ number: UInt32, _ shift: UInt32) -> [UInt8] {
        [UInt8(truncatingIfNeeded: number >> shift), UInt8(truncatingIfNeeded: number >> (shift + 8))]
    }

    static func greeting(_ capabilities: UInt32) -> [UInt8] {
        var bytes: [UInt8] = [10]
        bytes += "5.5.5-11.4.2-MariaDB-log\0".utf8
        bytes += [1, 0, 0, 0]
        bytes += "challeng\0".utf8
        bytes += half(capabilities, 0)
        bytes += [45, 2, 0]
        bytes += half(capabilities, 16)
        bytes += [UInt8](repeating: 0, count: 11)
        return bytes
    }

    static func answer(_ capabilities: UInt32) -> [UInt8] {
        var bytes = half(capabilities, 0)
        bytes += half(capabilities, 16)
        bytes += [UInt8](repeating: 0, count: 24)
        bytes += "user\0".utf8
        return bytes
    }

    /// Status 2 is autocommit, 1 a transaction, 8 more results, 64 a cursor, 128 its last row.
    static func ok(_ status: UInt8, first: UInt8 = 0) -> [UInt8] { [first, 0xFC, 1, 1, 0, status, 0, 0, 0] }

    static func end(_ status: UInt8) -> [UInt8] { ok(status, first: 0xFE) }

    static func eof(_ status: UInt8) -> [UInt8] { [0xFE, 0, 0, status, 0] }

    static let error: [UInt8] = [0xFF, 0x28, 0x04] + Array("#42000You have an error".utf8)
    static let column: [UInt8] = [3] + Array("def".utf8)
    static let changeOfProof: [UInt8] = [0xFE] + Array("mysql_native_password".utf8)
    static let query: [UInt8] = [3] + Array("SELECT 1".utf8)
    static let prepare: [UInt8] = [0x16] + Array("SELECT 1".utf8)
    static let execute: [UInt8] = [0x17, 1, 0, 0, 0]

    static func statement(columns: UInt8, places: UInt8) -> [UInt8] {
        [0, 1, 0, 0, 0, columns, 0, places, 0, 0, 0, 0]
    }

    // MARK: - Runs

    struct Run {
        var session = MariaDBSession()
        let isDivided: Bool

        mutating func take(_ step: Step) {
            switch step {
            case .client(let payload, let number):
                for part in parts(payload, number) { session.client(part) }
            case .server(let payload, let number):
                for part in parts(payload, number) { session.server(part) }
            case .idle(let isIdle): #expect(session.isIdle == isIdle)
            }
        }

        private func parts(_ payload: [UInt8], _ number: UInt8) -> [[UInt8]] {
            let length = payload.count
            let head = [UInt8(length & 0xFF), UInt8(length >> 8 & 0xFF), UInt8(length >> 16 & 0xFF), number]
            return isDivided ? (head + payload).map { [$0] } : [head + payload]
        }

        /// The client and the server have found each other.
        mutating func begin(server: UInt32, client: UInt32) {
            let (greeting, answer) = (MariaDBSessionTests.greeting(server), MariaDBSessionTests.answer(client))
            let steps: [Step] = [
                .idle(false), .server(greeting, number: 0), .client(answer, number: 1), .idle(false),
                .server(MariaDBSessionTests.changeOfProof, number: 2), .client([1, 2, 3], number: 3),
                .idle(false), .server(MariaDBSessionTests.ok(2), number: 4),
            ]
            for step in steps { take(step) }
        }
    }

    /// Carries out a transcript with the ends of columns and rows that it is for.
    static func carryOut(_ transcript: Transcript, isDivided: Bool) {
        for hasOldEnds in transcript.hasOldEnds.map({ [$0] }) ?? [false, true] {
            var run = Run(isDivided: isDivided)
            // Only what both are able to do counts.
            run.begin(
                server: hasOldEnds ? protocol41 : protocol41 | deprecateEOF,
                client: protocol41 | deprecateEOF
            )
            run.take(.idle(true))
            for step in transcript.steps { run.take(step) }
        }
    }
}
