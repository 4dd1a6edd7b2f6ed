import Testing

@testable import DatabaseProxy

/// When a connection of PostgreSQL can end and nobody loses anything, seen from between client and server.
struct PostgreSQLSessionTests {
    private struct Transcript: CustomTestStringConvertible, Sendable {
        let name: String
        /// `>` and what the client sends, `<` and what the server does; `=` when it is idle then, `!` when it is not.
        let text: String
        var testDescription: String { name }
    }

    private static let beginning = "> startup ! < R < ZI = "

    private static let transcripts: [Transcript] = [
        Transcript(name: "a beginning", text: "! > startup ! < R ! > p ! < R < S < K < ZI ="),
        Transcript(name: "a query", text: beginning + "> Q ! < T < D < C ! < ZI ="),
        Transcript(name: "a transaction", text: beginning + "> Q < C < ZT ! > Q ! < C < ZI ="),
        Transcript(name: "one that has failed", text: beginning + "> Q < C < ZT > Q < E < ZE ! > Q < C < ZI ="),
        Transcript(name: "a prepared statement", text: beginning + "> P ! > B > E ! > S ! < 1 < 2 < C ! < ZI ="),
        Transcript(name: "two at once", text: beginning + "> P > S > P > S < 1 < ZI ! < 1 < ZI ="),
        Transcript(name: "another one is begun", text: beginning + "> P > S > P < 1 < ZI ! > H ! > S < 1 < ZI ="),
        Transcript(name: "two queries at once", text: beginning + "> Q > Q < C < ZI ! < C < ZI ="),
        Transcript(name: "a copy", text: beginning + "> Q < G ! > d ! > d > c ! < C ! < ZI ="),
        Transcript(name: "a prepared copy", text: beginning + "> P > B > E > S < G ! > d ! > c ! > S ! < C < ZI ="),
        Transcript(name: "a copy with a late Sync", text: beginning + "> P > B > E < G > S ! > d > c > S ! < C < ZI ="),
        Transcript(name: "a copy that fails", text: beginning + "> Q < G > d < E < ZI = > d = > c = > Q ! < C < ZI ="),
        Transcript(name: "a copy to the client", text: beginning + "> Q < H < d < c < C ! < ZI ="),
        Transcript(name: "a replica", text: beginning + "> Q < W < d > d !"),
        Transcript(name: "what is said unasked", text: beginning + "< N = < A = < S ="),
        Transcript(name: "no encryption", text: "> ssl ! < :N ! > gss ! < :N ! > startup < R < ZI ="),
        Transcript(name: "encryption", text: "> ssl < :S ! > Q < ZI ! > S < ZI !"),
        Transcript(name: "no client of ours", text: "> :GET/index < ZI !"),
        Transcript(name: "no server of ours", text: beginning + "< :HTTP/1.1 ! < ZI ! > Q < ZI !"),
    ]

    private static func number(_ number: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }

    /// A message: `startup`, a letter with what comes after its length, or bytes as they are behind a colon.
    private static func bytes(_ word: Substring) -> [UInt8] {
        switch word {
        case "startup": return number(16) + number(196_608) + Array("user\0x\0\0".utf8)
        case "ssl": return number(8) + number(80_877_103)
        case "gss": return number(8) + number(80_877_104)
        default:
            let rest = Array(word.utf8.dropFirst())
            if word.first == ":" { return rest }
            return Array(word.utf8.prefix(1)) + number(rest.count + 4) + rest
        }
    }

    /// However the bytes are divided.
    @Test(arguments: transcripts, [false, true])
    private func transactionsAreSeen(_ transcript: Transcript, divided: Bool) {
        var session = PostgreSQLSession()
        var words = transcript.text.split(separator: " ")[...]
        var seen = ""
        while let sign = words.popFirst() {
            switch sign {
            case "=", "!":
                #expect(session.isIdle == (sign == "="), "after \(seen)")
                continue
            default: break
            }
            guard let word = words.popFirst() else { break }
            seen += "\(sign) \(word) "
            let bytes = Self.bytes(word)
            for part in divided ? bytes.map({ [$0] }) : [bytes] {
                if sign == ">" { session.client(part) } else { session.server(part) }
            }
        }
    }

    /// In the middle of a message nothing can be put in, and nobody is idle.
    @Test func errorsComeBetweenMessages() {
        var session = PostgreSQLSession()
        #expect(!session.takesError)
        session.client(Self.bytes("ssl"))
        #expect(!session.takesError)
        session.server([UInt8(ascii: "N")])
        session.client(Self.bytes("startup"))
        session.server(Self.bytes("ZI"))
        #expect(session.takesError && session.isIdle)
        let notice = Self.bytes("Nhello")
        session.server(notice.prefix(3))
        #expect(!session.takesError && !session.isIdle)
        session.server(notice.dropFirst(3))
        #expect(session.takesError && session.isIdle)
        session.client(Self.bytes("Q").prefix(2))
        #expect(session.takesError && !session.isIdle)
        var encrypted = PostgreSQLSession()
        encrypted.client(Self.bytes("ssl"))
        encrypted.server([UInt8(ascii: "S")])
        #expect(!encrypted.takesError && !encrypted.isIdle)
    }
}
