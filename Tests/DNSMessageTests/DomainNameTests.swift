import DNSMessage
import Testing

struct DomainNameTests {
    @Test(arguments: [
        (".", "."), ("a", "a."), ("Sip.Example.net", "Sip.Example.net."), ("a\\.b.c.", "a\\.b.c."),
        ("a\\046b.c", "a\\.b.c."), ("\\000\\255.x", "\\000\\255.x."), ("a\\\\b", "a\\\\b."),
        (String(repeating: "x", count: 63), String(repeating: "x", count: 63) + "."),
    ]) func texts(text: String, written: String) {
        #expect(DomainName(text)?.description == written)
    }

    @Test(arguments: [
        "", "..", ".a", "a..b", String(repeating: "x", count: 64), "a\\", "a\\25", "a\\256.b",
        Array(repeating: "abcdefg", count: 32).joined(separator: "."),
    ]) func noNames(text: String) {
        #expect(DomainName(text) == nil)
    }

    /// 253 letters and dots are 255 bytes, the most there can be.
    @Test func longest() throws {
        let text = Array(repeating: "abcdefg", count: 31).joined(separator: ".") + ".abcde"
        #expect(try #require(DomainName(text)).wire.count == 255)
        #expect(DomainName(text + "f") == nil)
    }

    @Test func caseOfLetters() throws {
        let (lower, upper) = (try #require(DomainName("a[.example")), try #require(DomainName("A[.EXAMPLE")))
        #expect(lower == upper)
        #expect(lower.hashValue == upper.hashValue)
        // Letters only: `[` and `{` differ by the same bit as `A` and `a`.
        #expect(lower != DomainName("a{.example"))
        #expect(upper.description == "A[.EXAMPLE.")
    }

    @Test(
        arguments: [
            ("a.b.example.net", "example.net", "a.b."), ("EXAMPLE.net", "example.NET", "."),
            ("net", "example.net", nil),
            ("anexample.net", "example.net", nil), ("a.b", ".", "a.b."), (".", ".", "."),
        ] as [(String, String, String?)]
    ) func zones(name: String, zone: String, relative: String?) throws {
        let (name, zone) = (try #require(DomainName(name)), try #require(DomainName(zone)))
        #expect(name.isEqualOrBelow(zone) == (relative != nil))
        #expect(name.relative(to: zone)?.description == relative)
        #expect(name.relative(to: zone).flatMap { $0.appending(zone) } == (relative == nil ? nil : name))
    }

    @Test func parents() throws {
        var name = DomainName("a.b.c")
        var seen: [String] = []
        while let next = name {
            seen.append("\(next)/\(next.labelCount)")
            name = next.parent
        }
        #expect(seen == ["a.b.c./3", "b.c./2", "c./1", "./0"])
    }
}
