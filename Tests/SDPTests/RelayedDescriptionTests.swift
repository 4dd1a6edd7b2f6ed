import Base
import SDP
import Testing

/// Media that are handed on as they are: only addresses and ports change.
@Suite struct RelayedDescriptionTests {
    private static let relays = [
        IPEndpoint(IPAddress(v4: 0x0A00_0001), port: 30_000), IPEndpoint(IPAddress(v4: 0x0A00_0001), port: 30_002),
    ]

    private static func parse(_ lines: String) throws -> SessionDescription {
        let text = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=x\r\n" + lines.replacing("|", with: "\r\n") + "\r\n"
        return try SessionDescription(parsing: Array(text.utf8))
    }

    @Test(arguments: [
        (
            "c=IN IP4 192.0.2.1|b=AS:64|t=0 0|a=ice-lite|a=group:BUNDLE 0|m=audio 5004 RTP/AVP 18 96|a=rtpmap:96 X/8000|a=rtcp:6000"
                + "|a=candidate:1 1 UDP 1 192.0.2.1 5004 typ host|m=video 5006/1 RTP/SAVP 97|c=IN IP4 192.0.2.2|a=sendonly",
            "c=IN IP4 10.0.0.1|b=AS:64|t=0 0|a=group:BUNDLE 0|m=audio 30000 RTP/AVP 18 96|a=rtpmap:96 X/8000"
                + "|m=video 30002 RTP/SAVP 97|a=sendonly"
        ),
        (
            "c=IN IP4 0.0.0.0|t=0 0|m=audio 5004 RTP/AVP 0|m=image 0 udptl t38|m=audio 5008 RTP/AVP 0",
            "c=IN IP4 10.0.0.1|t=0 0|m=audio 30000 RTP/AVP 0|c=IN IP4 0.0.0.0|m=image 0 udptl t38|m=audio 0 RTP/AVP 0"
        ),
    ])
    func changesAddressesAlone(_ given: String, _ expected: String) throws {
        let relayed = try Self.parse(given).relayed(by: Self.relays)
        let lines = relayed.description.split(whereSeparator: \.isNewline).dropFirst(3)
        #expect(lines.joined(separator: "|") == expected)
    }

    @Test(arguments: [
        ("c=IN IP4 192.0.2.1|t=0 0|m=audio 5004 RTP/AVP 0", "192.0.2.1:5004 192.0.2.1:5005"),
        (
            "c=IN IP4 192.0.2.1|t=0 0|m=audio 5004 RTP/AVP 0|a=rtcp:7000 IN IP4 192.0.2.9",
            "192.0.2.1:5004 192.0.2.9:7000"
        ),
        ("t=0 0|m=audio 65535 RTP/AVP 0|c=IN IP4 192.0.2.3", "192.0.2.3:65535 192.0.2.3:65535"),
        ("c=IN IP4 0.0.0.0|t=0 0|m=audio 5004 RTP/AVP 0", "nil"),
        ("c=IN IP4 192.0.2.1|t=0 0|m=audio 0 RTP/AVP 0", "nil"),
        ("c=IN IP4 host.example|t=0 0|m=audio 5004 RTP/AVP 0", "nil"),
    ])
    func namesDestinations(_ given: String, _ expected: String) throws {
        let description = try Self.parse(given)
        let destination = description.destination(of: try #require(description.media.first))
        #expect((destination.map { "\($0.rtp) \($0.rtcp)" } ?? "nil") == expected)
    }

    @Test(arguments: [
        ("m=audio 5004 RTP/AVP 0", true), ("m=image 5004 udptl t38", true), ("m=message 5004 TCP/MSRP *", false),
        ("m=audio 5004 TCP/RTP/AVP 0", false), ("m=audio 5004/2 RTP/AVP 0", false),
    ])
    func knowsWhatCanBeRelayed(_ line: String, _ isRelayable: Bool) throws {
        #expect(try Self.parse("c=IN IP4 192.0.2.1|t=0 0|\(line)").media.first?.isRelayable == isRelayable)
    }
}
