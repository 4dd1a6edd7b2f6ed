import Base
import SDP
import Testing

/// Reading and printing of session descriptions (RFC 4566).
@Suite struct SessionDescriptionTests {
    static let example = """
        v=0\r
        o=jdoe 2890844526 2890842807 IN IP4 10.47.16.5\r
        s=SDP Seminar\r
        i=A Seminar on the session description protocol\r
        u=http://www.example.com/seminars/sdp.pdf\r
        e=j.doe@example.com (Jane Doe)\r
        c=IN IP4 224.2.17.12/127\r
        b=X-YZ:128\r
        t=2873397496 2873404696\r
        r=7d 1h 0 25h\r
        k=clear:key\r
        a=recvonly\r
        a=tool:x:y\r
        m=audio 49170 RTP/AVP 0\r
        m=video 51372/2 RTP/AVP 99\r
        i=picture\r
        c=IN IP6 2001:db8::1\r
        b=AS:256\r
        a=rtpmap:99 h263-1998/90000\r

        """

    @Test func canonicalTextSurvives() throws {
        let description = try SessionDescription(parsing: Self.example)
        #expect(description.description == Self.example)
        #expect(description.origin?.sessionVersion == "2890842807")
        #expect(description.connection?.suffix == "127")
        #expect(description.attributes.first("tool") == "x:y")
        #expect(description.media.map { description.direction(of: $0) } == [.recvOnly, .recvOnly])
        #expect(description.media.map { description.connection(of: $0)?.host } == ["224.2.17.12", "2001:db8::1"])
        #expect(description.media[1].portCount == 2)
    }

    /// What peers send that the RFC does not allow, and what is read from it.
    @Test(arguments: [
        ("v=0\nm=audio 5004 RTP/AVP 0", "v=0|o=- 0 0 IN IP4 0.0.0.0|s= |t=0 0|m=audio 5004 RTP/AVP 0"),
        ("\r\nv=0 \r\ns=\r\n\r\nt=0 0\r\n", "v=0|o=- 0 0 IN IP4 0.0.0.0|s= |t=0 0"),
        (
            "v=0\r\no=Jane Doe 1 2 IN IP4 a.example\r\ns=-\r\n",
            "v=0|o=Jane_Doe 1 2 IN IP4 a.example|s=-|t=0 0"
        ),
        (
            "v=0\ns=-\nt=0 0\na=group:BUNDLE 0\nm=audio  9  RTP/AVP  0   8 \na=mid:0",
            "v=0|o=- 0 0 IN IP4 0.0.0.0|s=-|t=0 0|a=group:BUNDLE 0|m=audio 9 RTP/AVP 0 8|a=mid:0"
        ),
        ("v=0\ns=é\u{1F600}\nm=audio 0 RTP/AVP", "v=0|o=- 0 0 IN IP4 0.0.0.0|s=é\u{1F600}|t=0 0|m=audio 0 RTP/AVP"),
    ])
    func toleratedInput(input: String, expected: String) throws {
        let lines = try SessionDescription(parsing: input).description.split(separator: "\r\n")
        #expect(lines.joined(separator: "|") == expected)
    }

    static let refusals: [(input: String, expected: SDPParseError)] = [
        ("", SDPParseError(.missingVersion, line: 0)),
        ("s=-\nv=0", SDPParseError(.missingVersion, line: 1)),
        ("v=1", SDPParseError(.missingVersion, line: 1)),
        ("v=0\nhello", SDPParseError(.malformedLine, line: 2)),
        ("v=0\n\nv=0", SDPParseError(.malformedLine, line: 3)),
        ("v=0\n=x", SDPParseError(.malformedLine, line: 2)),
        ("v=0\na", SDPParseError(.malformedLine, line: 2)),
        ("v=0\na=x\rm=y", SDPParseError(.forbiddenByte, line: 2)),
        ("v=0\na=x\0y", SDPParseError(.forbiddenByte, line: 2)),
        ("v=0\no=a 1 IN IP4 h", SDPParseError(.malformedOrigin, line: 2)),
        ("v=0\nc=IN IP4", SDPParseError(.malformedConnection, line: 2)),
        ("v=0\nc=IN IP4 /127", SDPParseError(.malformedConnection, line: 2)),
        ("v=0\nm=audio 65536 RTP/AVP 0", SDPParseError(.malformedMedia, line: 2)),
        ("v=0\nm=audio -1 RTP/AVP 0", SDPParseError(.malformedMedia, line: 2)),
        ("v=0\nm=audio 1/x RTP/AVP 0", SDPParseError(.malformedMedia, line: 2)),
        ("v=0\nm=audio / RTP/AVP 0", SDPParseError(.malformedMedia, line: 2)),
        ("v=0\nm=audio 1", SDPParseError(.malformedMedia, line: 2)),
        ("v=0\n\(String(repeating: "a=x\n", count: SDPLimits.lines))", SDPParseError(.limitExceeded, line: 1025)),
        (
            "v=0\n" + String(repeating: "m=audio 1 RTP/AVP 0\n", count: SDPLimits.media + 1),
            SDPParseError(.limitExceeded, line: 34)
        ),
        (
            "v=0\nm=audio 1 RTP/AVP" + String(repeating: " 0", count: SDPLimits.formats + 1),
            SDPParseError(.limitExceeded, line: 2)
        ),
        ("v=0\na=" + String(repeating: "x", count: SDPLimits.bytes), SDPParseError(.limitExceeded, line: 0)),
    ]

    @Test(arguments: refusals)
    func refusedInput(input: String, expected: SDPParseError) {
        #expect(throws: expected) { try SessionDescription(parsing: input) }
    }

    /// Every beginning and every one-byte change of a description is read or refused, and what is read prints stably.
    @Test func damagedInputNeverTraps() {
        let whole = Array(Self.example.utf8)
        var inputs = whole.indices.map { Array(whole[..<$0]) }
        for index in whole.indices {
            for byte: UInt8 in [0, 0x0A, 0x20, 0x2F, 0x3D, 0x80, 0xFF] {
                var damaged = whole
                damaged[index] = byte
                inputs.append(damaged)
            }
        }
        var unstable = 0
        for input in inputs {
            guard let description = try? SessionDescription(parsing: input) else { continue }
            let printed = description.serialized()
            let again = try? SessionDescription(parsing: printed)
            if again?.serialized() != printed { unstable += 1 }
            for medium in description.media { _ = medium.payloadFormats }
        }
        #expect(unstable == 0)
    }

    @Test func valuesCannotAddLines() {
        let description = SessionDescription(
            sessionName: "x\r\na=evil",
            attributes: [SDPAttribute("a\nb", "c\r\nm=audio 1 RTP/AVP 0")]
        )
        let lines = description.description.split(separator: "\r\n")
        #expect(lines == ["v=0", "o=- 0 0 IN IP4 0.0.0.0", "s=x  a=evil", "t=0 0", "a=a b:c  m=audio 1 RTP/AVP 0"])
    }

    @Test func formatsOfAnAudioLine() throws {
        let text = """
            v=0
            m=audio 5004 RTP/AVP 0 8 96 97 98 99 8 200 13 101 18
            a=rtpmap:96 opus/48000/2
            a=fmtp:96 useinbandfec=1; stereo=0
            a=rtpmap:97 L16/0
            a=rtpmap:98 nothing
            a=rtpmap:101 telephone-event/8000
            a=rtpmap:8 PCMA/8000
            a=fmtp:101 0-15
            a=fmtp:101 ignored
            a=fmtp:999999999999999999999 x
            a=ptime:20.5
            a=maxptime:140
            a=rtcp:53020 IN IP4 192.0.2.9
            """
        let audio = try #require(try SessionDescription(parsing: text).media.first)
        let formats = audio.payloadFormats.map { "\($0.payloadType) \($0.name)/\($0.clockRate)/\($0.channels)" }
        #expect(
            formats == [
                "0 PCMU/8000/1", "8 PCMA/8000/1", "96 opus/48000/2", "13 CN/8000/1", "101 telephone-event/8000/1",
                "18 G729/8000/1",
            ]
        )
        #expect(audio.payloadFormats.map(\.parameters) == [nil, nil, "useinbandfec=1; stereo=0", nil, "0-15", nil])
        #expect(audio.ptimeMilliseconds == 20 && audio.maximumPtimeMilliseconds == 140)
        #expect(audio.rtcpAttribute?.port == 53020)
        #expect(audio.rtcpAttribute?.address == IPAddress("192.0.2.9"))
    }
}
