import Base
import DNSMessage
import Testing

struct DNSQueryTests {
    private static let question = "0161 026e74 00 0001 0001"

    private static func query(
        flags: String = "0100",
        counts: String = "0001 0000 0000 0000",
        _ rest: String = question
    ) -> [UInt8] {
        bytes("abcd \(flags) \(counts) \(rest)")
    }

    private static func withOption(_ option: String) -> [UInt8] {
        let length = bytes(option).count
        let text = String(length, radix: 16)
        let padded = String(repeating: "0", count: 4 - text.count) + text
        return query(counts: "0001 0000 0000 0001", question + "00 0029 04d0 00008000" + padded + option)
    }

    private func read(_ bytes: [UInt8]) throws -> DNSQuery {
        guard case .query(let query) = DNSQuery.read(bytes) else {
            throw DNSMessageError.wrongLength
        }
        return query
    }

    @Test func plain() throws {
        let query = try read(Self.query())
        #expect(query.id == 0xABCD)
        #expect(query.question == DNSQuestion(name("a.nt"), .a))
        #expect(query.edns == nil)
        #expect(query.datagramLimit(ours: 1232) == 512)
    }

    @Test func extended() throws {
        let query = try read(Self.withOption("0008 0007 0001 18 00 cb0071 000a 0008 0102030405060708"))
        #expect(query.edns?.payloadSize == 1232)
        #expect(query.edns?.wantsSignatures == true)
        #expect(query.edns?.clientSubnet == ClientSubnet(IPPrefix("203.0.113.0/24")))
        #expect(query.edns?.cookie == DNSCookie(client: 0x0102_0304_0506_0708))
        #expect(query.datagramLimit(ours: 4096) == 1232)
        #expect(query.datagramLimit(ours: 1000) == 1000)
        #expect(try read(Self.withOption("0008 0004 0000 00 00")).edns?.clientSubnet == ClientSubnet(nil))
        #expect(
            try read(Self.withOption("0008 000b 0002 38 00 20010db8aabbcc")).edns?.clientSubnet?.prefix
                == IPPrefix("2001:db8:aabb:cc00::/56")
        )
    }

    /// What is wrong, and the code of the answer to it; none for silence.
    @Test(
        arguments: [
            ([], nil), (Array(query().prefix(11)), nil), (query(flags: "8100"), nil),
            (query(flags: "2000"), .refused), (query(flags: "2800"), .notImplemented),
            (query(flags: "1000"), .notImplemented),
            (query(flags: "7800"), .notImplemented), (query(counts: "0000 0000 0000 0000", ""), .formatError),
            (query(counts: "0002 0000 0000 0000", question + question), .formatError),
            (query(counts: "0001 0000 0000 00ff"), .formatError), (query(question + "00"), .formatError),
            (query("c00c 0001 0001"), .formatError), (query("0161 00 0001"), .formatError),
            (query("01 61 c004 0001 0001"), .formatError),
            // Two OPT records; one in the wrong section; one of a version to come.
            (
                query(
                    counts: "0001 0000 0000 0002",
                    question + "00 0029 04d0 00000000 0000 00 0029 04d0 00000000 0000"
                ),
                .formatError
            ),
            (query(counts: "0001 0001 0000 0000", question + "00 0029 04d0 00000000 0000"), .formatError),
            (query(counts: "0001 0000 0000 0001", question + "00 0029 04d0 00010000 0000"), .badVersion),
            // Networks: bytes too many, too few; bits behind the prefix; no family; longer than an address.
            (withOption("0008 0008 0001 18 00 cb007101"), .formatError),
            (withOption("0008 0006 0001 18 00 cb00"), .formatError),
            (withOption("0008 0007 0001 17 00 cb0071"), .formatError),
            (withOption("0008 0004 0003 00 00"), .formatError),
            (withOption("0008 0005 0000 08 00 01"), .formatError),
            (withOption("0008 0009 0001 21 00 0102030400"), .formatError),
            (withOption("0008 0003 0001 00"), .formatError), (withOption("0008 0007 0001 18 18 cb0071"), .formatError),
            // Cookies of lengths that there are not.
            (withOption("000a 0007 01020304050607"), .formatError),
            (withOption("000a 0009 010203040506070809"), .formatError),
            (withOption("000a 0029" + String(repeating: "00", count: 41)), .formatError),
        ] as [([UInt8], ResponseCode?)]
    ) func refusals(message: [UInt8], code: ResponseCode?) throws {
        switch DNSQuery.read(message) {
        case .query, .cookie: Issue.record("this is no question")
        case .silence: #expect(code == nil)
        case .refusal(let bytes):
            let answer = try DNSMessage(parsing: bytes)
            #expect(answer.responseCode == code)
            #expect(answer.id == 0xABCD)
            #expect(answer.flags & DNSMessage.Flag.response != 0)
        }
    }

    // MARK: - Answers

    @Test func answer() throws {
        let query = try read(Self.withOption("0008 0007 0001 18 00 cb0071 000a 0008 0102030405060708"))
        var response = DNSResponse(to: query, limit: 1232)
        response.isAuthoritative = true
        response.append(.answer, query.question.name, ttl: 30, .address(.loopbackV4))
        response.append(.authority, name("nt"), ttl: 60, .ns(name("ns.nt")))
        response.append(.additional, name("ns.nt"), ttl: 60, .address(.loopbackV6))
        response.edns?.clientSubnet?.scope = 20
        let answer = try DNSMessage(parsing: response.finish())
        #expect(answer.questions == [query.question])
        #expect(answer.flags == 0x8500)
        #expect(answer.answers == [ResourceRecord(name("a.nt"), ttl: 30, .address(.loopbackV4))])
        #expect(answer.authorities == [ResourceRecord(name("nt"), ttl: 60, .ns(name("ns.nt")))])
        #expect(answer.additionals == [ResourceRecord(name("ns.nt"), ttl: 60, .address(.loopbackV6))])
        #expect(answer.edns?.clientSubnet == ClientSubnet(IPPrefix("203.0.113.0/24"), scope: 20))
        #expect(answer.edns?.cookie?.client == 0x0102_0304_0506_0708)
    }

    /// Letters come back as they were written, which resolvers check.
    @Test func lettersOfTheQuestion() throws {
        let query = try read(bytes("abcd 0000 0001 0000 0000 0000 0141 026e54 00 0001 0001"))
        var response = DNSResponse(to: query, limit: 512)
        response.append(.answer, query.question.name, ttl: 1, .address(.loopbackV4))
        let answer = response.finish()
        #expect(Array(answer[12..<18]) == bytes("0141 026e54 00"))
        #expect(Array(answer[22..<24]) == bytes("c00c"))
    }

    /// Answers that do not fit are marked, and never longer than they may be; additional records are left out.
    @Test(arguments: [(DNSResponse.Section.answer, true), (.authority, true), (.additional, false)])
    func tooLong(section: DNSResponse.Section, isTruncated: Bool) throws {
        let query = try read(Self.withOption("000a 0008 0102030405060708"))
        for limit in [512, 600] {
            var response = DNSResponse(to: query, limit: limit)
            var fitted = 0
            for number in 0..<100 where response.append(section, name("n\(number).nt"), ttl: 1, .address(.loopbackV6)) {
                fitted += 1
            }
            response.edns?.cookie = DNSCookie(client: 1, server: Array(repeating: 1, count: 16))
            let bytes = response.finish()
            let answer = try DNSMessage(parsing: bytes)
            #expect(bytes.count <= limit)
            #expect(bytes.count > limit - 40)
            #expect(answer.isTruncated == isTruncated)
            #expect(answer.answers.count + answer.authorities.count + answer.additionals.count == fitted)
        }
    }
}
