import Testing

@testable import DatabaseProxy

/// Rows that are still to be asked for, and errors after which nobody knows whether there is a transaction.
extension MariaDBSessionTests {
    private static let executeWithCursor: [UInt8] = [0x17, 1, 0, 0, 0, 1, 1, 0, 0, 0]
    private static let executeWithout: [UInt8] = [0x17, 1, 0, 0, 0, 0, 1, 0, 0, 0]
    private static let fetch: [UInt8] = [0x1C, 1, 0, 0, 0, 1, 0, 0, 0]
    private static let close: [UInt8] = [0x19, 1, 0, 0, 0]
    private static let lastPrepared: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
    private static let row: [UInt8] = [0, 0, 1, 65]

    /// A cursor is opened.
    private static let opened: [Step] = [
        .client(executeWithCursor), .server([1]), .server(column), .server(eof(66)), .idle(false),
    ]

    private static let cursors: [Transcript] = [
        Transcript(
            name: "a cursor to its end",
            hasOldEnds: true,
            steps: opened + [
                .client(fetch), .server(row), .idle(false), .server(eof(66)), .idle(false),
                .client(fetch), .server(row), .server(eof(130)), .idle(true),
            ]
        ),
        Transcript(
            name: "a cursor to its end, with new ends",
            hasOldEnds: false,
            steps: [
                .client(executeWithCursor), .server([1]), .server(column), .server(end(66)), .idle(false),
                .client(fetch), .server(row), .server(end(66)), .idle(false),
                .client(query), .server(ok(2)), .idle(false),
                .client(fetch), .server(end(194)), .idle(true),
            ]
        ),
        Transcript(
            name: "its statement is closed, without an answer",
            hasOldEnds: true,
            steps: opened + [.client([0x19, 2, 0, 0, 0]), .idle(false), .client(close), .idle(true)]
        ),
        Transcript(
            name: "its statement is closed before there is an answer",
            hasOldEnds: true,
            steps: [
                .client(executeWithCursor), .client(close), .client(query), .server([1]), .server(column),
                .server(eof(66)), .idle(false), .server(ok(2)), .idle(true),
            ]
        ),
        Transcript(
            name: "its statement is reset",
            hasOldEnds: true,
            steps: opened + [.client([0x1A, 1, 0, 0, 0]), .idle(false), .server(ok(2)), .idle(true)]
        ),
        Transcript(
            name: "its statement is carried out once more",
            hasOldEnds: true,
            steps: opened + [.client(executeWithout), .server(ok(2)), .idle(true)]
        ),
        Transcript(
            name: "an error in place of rows",
            hasOldEnds: true,
            steps: opened + [.client(fetch), .server(error), .idle(true)]
        ),
        Transcript(
            name: "the session is reset",
            hasOldEnds: true,
            steps: opened + [
                .client([0x1F]), .server(error), .idle(false), .client([0x1F]), .server(ok(2)), .idle(true),
            ]
        ),
        Transcript(
            name: "two cursors",
            hasOldEnds: true,
            steps: opened + [
                .client([0x17, 2, 0, 0, 0, 1]), .server([1]), .server(column), .server(eof(66)), .idle(false),
                .client(close), .idle(false), .client([0x19, 2, 0, 0, 0]), .idle(true),
            ]
        ),
        Transcript(
            name: "a cursor of the statement that was prepared last",
            hasOldEnds: true,
            steps: [
                .client(prepare), .client([0x17] + lastPrepared + [1, 1, 0, 0, 0]),
                .server(statement(columns: 0, places: 0)), .server([1]), .server(column), .server(eof(66)),
                .idle(false), .client(close), .idle(true),
            ]
        ),
        Transcript(
            name: "a procedure's own cursor",
            hasOldEnds: true,
            steps: [
                .client(query), .server([1]), .server(column), .server(eof(74)), .idle(false), .server(row),
                .server(eof(74)), .idle(false), .server(ok(66)), .idle(true),
            ]
        ),
    ]

    /// A connection is not left between two pieces of a cursor's rows.
    @Test(arguments: cursors, [false, true])
    private func cursorsAreSeen(_ transcript: Transcript, isDivided: Bool) {
        Self.carryOut(transcript, isDivided: isDivided)
    }

    /// However many there are.
    @Test func noCursorIsForgotten() {
        var run = Run(isDivided: false)
        run.begin(server: Self.protocol41, client: Self.protocol41)
        let numbers = (0...MariaDBStatements.limit).map { [UInt8($0 & 0xFF), UInt8($0 >> 8), 0, 0] }
        for number in numbers {
            let steps: [Step] = [
                .client([0x17] + number + [1]), .server([1]), .server(Self.column), .server(Self.eof(66)),
            ]
            for step in steps { run.take(step) }
        }
        for number in numbers { run.take(.client([0x19] + number)) }
        run.take(.idle(false))
        for step: Step in [.client([0x1F]), .server(Self.ok(2)), .idle(true)] { run.take(step) }
    }

    // MARK: - Errors

    /// What was carried out, and whether it leaves nothing when it fails.
    private static let texts: [(String, Bool)] = [
        ("CALL p()", false), ("\n call p()", false), ("BEGIN NOT ATOMIC", false), ("/* p */ CALL p()", false),
        ("/*!50000 CALL p() */", false), ("a: BEGIN NOT ATOMIC", false), ("select_1: BEGIN NOT ATOMIC", false),
        ("EXECUTE IMMEDIATE 'CALL p()'", false), ("SET STATEMENT max_statement_time = 1 FOR CALL p()", false),
        ("IF 1 THEN CALL p(); END IF", false), ("", false), (String(repeating: " ", count: 40) + "SELECT 1", false),
        ("SELECT 1", true), ("\r\n\t insert INTO t VALUES (1)", true), ("Update t SET a = 1", true),
        ("DELETE FROM t", true), ("CREATE TABLE t (a INT)", true),
    ]

    /// The next status says how it is.
    @Test(arguments: texts)
    private func errorsDoNotSayWhetherThereIsATransaction(text: String, isPlain: Bool) {
        let text = Array(text.utf8)
        let prepared: [Step] = [
            .client([0x16] + text), .server(Self.statement(columns: 0, places: 0)), .idle(true),
        ]
        let commands: [[Step]] = [
            [.client([3] + text)],
            prepared + [.client(Self.executeWithout)],
            prepared + [.client([0xFA, 1, 0, 0, 0, 0, 0])],
            prepared + [.client([0x17] + Self.lastPrepared + [0, 1, 0, 0, 0])],
        ]
        for command in commands {
            let steps: [Step] = [
                .server(Self.error), .idle(isPlain), .client([0x0E]), .server(Self.ok(3)), .idle(false),
                .client([0x0E]), .server(Self.ok(2)), .idle(true),
            ]
            Self.carryOut(Transcript(name: "an error", steps: command + steps), isDivided: false)
        }
    }

    private static let errors: [Transcript] = [
        Transcript(
            name: "of a statement that nobody has seen",
            steps: [.client(executeWithout), .server(error), .idle(false), .client(query), .server(ok(2)), .idle(true)]
        ),
        Transcript(
            name: "of a statement that is closed, and whose number is another one's then",
            steps: [
                .client(prepare), .server(statement(columns: 0, places: 0)), .client(close),
                .client([0x16] + Array("CALL p()".utf8)), .server(statement(columns: 0, places: 0)),
                .client(executeWithout), .server(error), .idle(false),
            ]
        ),
        Transcript(
            name: "where everything begins a transaction",
            steps: [
                .client(query), .server(ok(0)), .idle(true), .client(query), .server(error), .idle(false),
                .client([0x0E]), .server(ok(0)), .idle(true),
            ]
        ),
        Transcript(
            name: "of a later statement in the same text",
            steps: [.client(query), .server(ok(10)), .server(error), .idle(false)]
        ),
        Transcript(
            name: "of what carries out nothing",
            steps: [
                .client([0x02, 0x58]), .server(error), .idle(true),
                .client([0x16] + Array("CALL p(".utf8)), .server(error), .idle(true),
            ]
        ),
    ]

    @Test(arguments: errors, [false, true])
    private func errorsAreNotTrusted(_ transcript: Transcript, isDivided: Bool) {
        Self.carryOut(transcript, isDivided: isDivided)
    }
}
