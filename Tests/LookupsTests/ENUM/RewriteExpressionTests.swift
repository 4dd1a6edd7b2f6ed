import Testing

@testable import Lookups

/// The field `regexp` of NAPTR records.
struct RewriteExpressionTests {
    @Test(
        arguments: [
            ("!^.*$!sip:info@example.com!", "sip:info@example.com"),
            (#"!^\+4930(.*)$!sip:\1@example.com!"#, "sip:123@example.com"),
            (#"!^(\+49)(30)(1)(2)(3)$!\5\4\3-\2\1!"#, "321-30+49"),
            (#"/^\+49(.*)$/sip:\1@a.example!x/"#, "sip:30123@a.example!x"),
            // The whole text is replaced, whatever part of it matches.
            ("!30!sip:a@b!", "sip:a@b"), (#"#(3+)#\1#"#, "3"),
            (#"!^\+[0-9]{7}$!a\!b\\c!"#, #"a!b\c"#), (#"!^\+\d+$!tel:x!i"#, "tel:x"),
            ("!^[+][[:digit:]]+$!a!ii", "a"), ("!(x)?30!<\\1>!", "<>"), ("!30!!", ""),
            // Not for this number.
            ("!^31!sip:a@b!", nil), ("!^$!sip:a@b!", nil),
        ] as [(String, String?)]
    )
    func rewrites(_ field: String, _ expected: String?) throws {
        #expect(try RewriteExpression(field).rewritten("+4930123") == expected)
    }

    @Test(arguments: [("!ABC!x!", nil), ("!ABC!x!i", "x"), ("!ABC!x!I", "x")] as [(String, String?)])
    func lettersMatchWithoutCaseWhereThatIsSaid(_ field: String, _ expected: String?) throws {
        #expect(try RewriteExpression(field).rewritten("+abc") == expected)
    }

    @Test(
        arguments: [
            ("", .withoutDelimiter), ("!", .withoutDelimiter), ("!a!b", .withoutDelimiter),
            ("!a!b!!", .withoutDelimiter),
            ("1a1b1", .withoutDelimiter), (#"\a\b\"#, .withoutDelimiter), ("iaibi", .withoutDelimiter),
            (#"!a\!b!"#, .withoutDelimiter), ("!a!b!g", .unknownFlag), ("!a!b!i ", .unknownFlag),
            ("!!b!", .notExtended), (#"!a!\0!"#, .wrongEscape), (#"!a!\n!"#, .wrongEscape),
            ("!a!\t!", .unprintable), ("!é!b!", .unprintable), ("!a!\u{0}!", .unprintable),
            ("!\(String(repeating: "a", count: 260))!b!", .tooLong),
            // What Perl knows and POSIX does not.
            ("!(?=3)!b!", .notExtended), ("!(?R)!b!", .notExtended), ("!(*LIMIT_MATCH=9)3!b!", .notExtended),
            (#"!\p{L}!b!"#, .notExtended), (#"!(3)\1!b!"#, .notExtended), (#"!\Q3!b!"#, .notExtended),
            (#"!\x33!b!"#, .notExtended),
        ] as [(String, RewriteFault)]
    )
    func refuses(_ field: String, _ fault: RewriteFault) {
        #expect(throws: fault) { try RewriteExpression(field) }
    }

    @Test func refusesWhatDoesNotCompileOrFit() throws {
        for field in ["!(3!b!", "!3)!b!", "!*3!b!", "![3!b!", "!3{5,2}!b!"] {
            let expression = try RewriteExpression(field)
            #expect { try expression.rewritten("+4930123") } throws: { error in
                guard case .wrongExpression? = error as? RewriteFault else { return false }
                return true
            }
        }
        let missing = try RewriteExpression(#"!(3)!\2!"#)
        #expect(throws: RewriteFault.missingGroup) { try missing.rewritten("+4930123") }
        let long = try RewriteExpression("!(.*)!\(String(repeating: "\\1", count: 100))!")
        #expect(throws: RewriteFault.tooLong) { try long.rewritten(String(repeating: "1", count: 30)) }
    }

    /// An expression that tries for ever is given up.
    @Test func givesUp() throws {
        let expression = try RewriteExpression("!^(.+)+(.+)+[xy]$!b!")
        #expect(throws: RewriteFault.tooCostly) { try expression.rewritten("+" + String(repeating: "1", count: 32)) }
    }
}
