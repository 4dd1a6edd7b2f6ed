import Testing

@testable import DatabaseProxy

/// When a connection of MariaDB can end and nobody loses anything, seen from between client and server.
struct MariaDBSessionTests {
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

    /// However the bytes are divided.
    @Test(arguments: transcripts, [false, true])
    private func transactionsAreSeen(_ transcript: Transcript, isDivided: Bool) {
        Self.carryOut(transcript, isDivided: isDivided)
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
