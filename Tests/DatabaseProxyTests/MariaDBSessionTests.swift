import Testing

@testable import DatabaseProxy

/// When a connection of MariaDB can end and nobody loses anything, seen from between client and server.
struct MariaDBSessionTests {
    private enum Step: Sendable {
        /// The client sends a packet.
        case client([UInt8], number: UInt8 = 0)
        /// The server does.
        case server([UInt8], number: UInt8 = 1)
        /// What is known then.
        case idle(Bool)
    }

    private struct Transcript: CustomTestStringConvertible, Sendable {
        let name: String
        /// Whether columns and rows end with EOF packets; `nil` where it makes no difference.
        var hasOldEnds: Bool?
        let steps: [Step]
        var testDescription: String { name }
    }

    // MARK: - Packets

    private static let protocol41: UInt32 = 1 << 9
    private static let deprecateEOF: UInt32 = 1 << 24

    private static func half(_ number: UInt32, _ shift: UInt32) -> [UInt8] {
        [UInt8(truncatingIfNeeded: number >> shift), UInt8(truncatingIfNeeded: number >> (shift + 8))]
    }

    private static func greeting(_ capabilities: UInt32) -> [UInt8] {
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

    private static func answer(_ capabilities: UInt32) -> [UInt8] {
        var bytes = half(capabilities, 0)
        bytes += half(capabilities, 16)
        bytes += [UInt8](repeating: 0, count: 24)
        bytes += "user\0".utf8
        return bytes
    }

    /// Status 2 is autocommit, 1 a transaction, 8 more results, 64 a cursor.
    private static func ok(_ status: UInt8, first: UInt8 = 0) -> [UInt8] { [first, 0xFC, 1, 1, 0, status, 0, 0, 0] }

    private static func end(_ status: UInt8) -> [UInt8] { ok(status, first: 0xFE) }

    private static func eof(_ status: UInt8) -> [UInt8] { [0xFE, 0, 0, status, 0] }

    private static let error: [UInt8] = [0xFF, 0x28, 0x04] + Array("#42000You have an error".utf8)
    private static let column: [UInt8] = [3] + Array("def".utf8)
    private static let changeOfProof: [UInt8] = [0xFE] + Array("mysql_native_password".utf8)
    private static let query: [UInt8] = [3, 0x58]
    private static let prepare: [UInt8] = [0x16, 0x58]
    private static let execute: [UInt8] = [0x17, 1, 0, 0, 0]

    private static func statement(columns: UInt8, places: UInt8) -> [UInt8] {
        [0, 1, 0, 0, 0, columns, 0, places, 0, 0, 0, 0]
    }

    private static let transcripts: [Transcript] = [
        Transcript(
            name: "a change",
            steps: [.client(query), .idle(false), .server(ok(2)), .idle(true)]
        ),
        Transcript(
            name: "a transaction",
            steps: [
                .client(query), .server(ok(3)), .idle(false), .client(query), .idle(false), .server(error),
                .idle(false),
                .client(query), .server(ok(2)), .idle(true), .client(query), .server(error), .idle(true),
            ]
        ),
        Transcript(
            name: "rows, of which one begins as an OK packet does",
            hasOldEnds: false,
            steps: [
                .client(query), .server([1]), .server(column, number: 2), .server([0], number: 3), .idle(false),
                .server([0xFB], number: 4), .idle(false), .server(end(2), number: 5), .idle(true),
            ]
        ),
        Transcript(
            name: "rows with old ends",
            hasOldEnds: true,
            steps: [
                .client(query), .server([1]), .server(column, number: 2), .server(eof(2), number: 3), .idle(false),
                .server([0], number: 4), .idle(false), .server(eof(3), number: 5), .idle(false),
            ]
        ),
        Transcript(
            name: "an error among rows",
            steps: [.client(query), .server([1]), .server(column, number: 2), .server(error, number: 3), .idle(true)]
        ),
        Transcript(
            name: "several results",
            hasOldEnds: false,
            steps: [
                .client(query), .server(ok(10)), .idle(false), .server([1], number: 2), .server(column, number: 3),
                .server(end(10), number: 4), .idle(false), .server(ok(2), number: 5), .idle(true),
            ]
        ),
        Transcript(
            name: "progress",
            steps: [.client(query), .server([0xFF, 0xFF, 0xFF, 1, 1, 1]), .idle(false), .server(ok(2)), .idle(true)]
        ),
        Transcript(
            name: "a prepared statement",
            hasOldEnds: false,
            steps: [
                .client(prepare), .server(statement(columns: 1, places: 2)), .server(column), .server(column),
                .idle(false), .server(column), .idle(true), .client(execute), .server([1]), .server(column),
                .server([0, 0, 1, 65]), .idle(false), .server(end(2)), .idle(true), .client([0x19, 1, 0, 0, 0]),
                .idle(true),
            ]
        ),
        Transcript(
            name: "a prepared statement with old ends",
            hasOldEnds: true,
            steps: [
                .client(prepare), .server(statement(columns: 1, places: 2)), .server(column), .server(column),
                .server(eof(2)), .server(column), .idle(false), .server(eof(2)), .idle(true),
                .client(prepare), .server(statement(columns: 0, places: 0)), .idle(true),
            ]
        ),
        Transcript(
            name: "both at once, and a long value",
            steps: [
                .client(prepare), .client([0x18, 1, 0, 0, 0, 0, 0, 65]), .client(execute),
                .server(statement(columns: 0, places: 0)), .idle(false), .server(ok(2)), .idle(true),
            ]
        ),
        Transcript(
            name: "a cursor",
            hasOldEnds: true,
            steps: [
                .client(execute), .server([1]), .server(column), .server(eof(66)), .idle(true),
                .client([0x1C, 1, 0, 0, 0]), .server([0, 0, 1, 65]), .idle(false), .server(eof(2)), .idle(true),
            ]
        ),
        Transcript(
            name: "a file",
            steps: [
                .client(query), .server([0xFB, 0x66]), .client([1, 65], number: 2), .client([1, 65], number: 0),
                .idle(false), .client([], number: 1), .idle(false), .server(ok(2), number: 2), .idle(true),
            ]
        ),
        Transcript(
            name: "another user",
            steps: [
                .client([0x11, 0x58]), .server(changeOfProof), .idle(false),
                .client([1, 2, 3], number: 2), .idle(false), .server(ok(2), number: 3), .idle(true),
            ]
        ),
        Transcript(
            name: "one packet",
            steps: [
                .client([0x0E]), .idle(false), .server(ok(2)), .idle(true), .client([0x09]), .server([0x55, 0x70]),
                .idle(true), .client([0x1B, 0, 0]), .server(eof(2)), .idle(true),
            ]
        ),
        Transcript(
            name: "a replica",
            steps: [.client([0x12, 0]), .server(ok(2)), .idle(false), .client(query), .server(ok(2)), .idle(false)]
        ),
    ]

    // MARK: - Runs

    private struct Run {
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

    /// However the bytes are divided.
    @Test(arguments: transcripts, [false, true])
    private func transactionsAreSeen(_ transcript: Transcript, isDivided: Bool) {
        for hasOldEnds in transcript.hasOldEnds.map({ [$0] }) ?? [false, true] {
            var run = Run(isDivided: isDivided)
            // Only what both are able to do counts.
            run.begin(
                server: hasOldEnds ? Self.protocol41 : Self.protocol41 | Self.deprecateEOF,
                client: Self.protocol41 | Self.deprecateEOF
            )
            run.take(.idle(true))
            for step in transcript.steps { run.take(step) }
        }
    }

    /// Encryption, compression, columns that are left out: of those connections nothing is known.
    @Test(arguments: [UInt32(5), 11, 25, 26])
    func whatIsHiddenIsNotGuessed(bit: UInt32) {
        for isAgreed in [true, false] {
            var run = Run(isDivided: false)
            run.begin(server: Self.protocol41 | (isAgreed ? 1 << bit : 0), client: Self.protocol41 | 1 << bit)
            #expect(run.session.isIdle == !isAgreed)
            #expect((run.session.errorNumber == nil) == isAgreed)
        }
    }

    /// A packet may be continued in the next one, which has no first byte of its own.
    @Test func longPacketsAreOne() {
        var run = Run(isDivided: false)
        run.begin(server: Self.protocol41 | Self.deprecateEOF, client: Self.protocol41 | Self.deprecateEOF)
        let long = [UInt8](repeating: 0xFE, count: 0xFF_FFFF)
        run.take(.client([3] + long.dropLast()))
        #expect(!run.session.isIdle)
        run.take(.client([1], number: 1))
        for step: Step in [.server([1]), .server(Self.column), .server(long), .server(Self.end(2)), .idle(false)] {
            run.take(step)
        }
        #expect(run.session.errorNumber == 2)
        run.take(.server(Self.end(2), number: 9))
        #expect(run.session.isIdle)
    }

    private static let refusals: [(String, [Step], Bool)] = [
        ("an answer", [.client(query), .server(refusal("WSREP has not yet prepared node"))], true),
        ("another error", [.client(query), .server(refusal("Unknown command"))], false),
        ("another number", [.client(query), .server(refusal("WSREP has", code: 0x18))], false),
        ("less of it", [.client(query), .server(refusal("WSRE"))], false),
        ("unasked", [.server(refusal("WSREP has not yet prepared node"))], false),
        ("instead of rows", [.client(query), .server([1]), .server(column), .server(refusal("WSREP has"))], true),
        ("what a client says", [.client(refusal("WSREP has not yet prepared node"))], false),
    ]

    private static func refusal(_ text: String, code: UInt8 = 0x17) -> [UInt8] {
        [0xFF, code, 4] + Array("#08S01\(text)".utf8)
    }

    /// A node that is no part of its cluster says so with an error of its own, which is looked for where errors are.
    @Test(arguments: refusals)
    private func nodesThatAreNotReadyAreHeard(name: String, steps: [Step], isNotReady: Bool) {
        for isDivided in [false, true] {
            var run = Run(isDivided: isDivided)
            run.begin(server: Self.protocol41 | Self.deprecateEOF, client: Self.protocol41 | Self.deprecateEOF)
            for step in steps { run.take(step) }
            #expect(run.session.saysNotReady == isNotReady, "\(name)")
        }
    }

    /// An error has the number that the client waits for.
    @Test func errorsHaveTheirNumbers() {
        var run = Run(isDivided: false)
        #expect(run.session.errorNumber == nil)
        run.take(.server(Self.greeting(Self.protocol41), number: 0))
        #expect(run.session.errorNumber == nil)
        run.take(.client(Self.answer(Self.protocol41), number: 1))
        #expect(run.session.errorNumber == 2)
        run.take(.server(Self.ok(2), number: 2))
        #expect(run.session.errorNumber == 1)
        run.take(.client(Self.query))
        #expect(run.session.errorNumber == 1)
        run.take(.server([1]))
        run.take(.server(Self.column, number: 2))
        #expect(run.session.errorNumber == 3)
        run.session.server([4, 0])
        #expect(run.session.errorNumber == nil)
        var loading = Run(isDivided: false)
        loading.begin(server: Self.protocol41, client: Self.protocol41)
        for step: Step in [.client(Self.query), .server([0xFB, 0x66]), .client([65], number: 2)] { loading.take(step) }
        #expect(loading.session.errorNumber == 3)
    }
}
