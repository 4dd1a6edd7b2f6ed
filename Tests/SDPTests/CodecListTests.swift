import SDP
import Testing

/// The syntax of `codec-prefs` and `absolute_codec_string`.
@Suite struct CodecListTests {
    /// `NAME/clock/channels`, then what was asked for.
    static func summary(_ list: CodecList) -> String {
        list.preferences.map { codec in
            var text = "\(codec.name)/\(codec.clockRate)/\(codec.channels)"
            if let ptime = codec.ptimeMilliseconds { text += " \(ptime)i" }
            if let bitrate = codec.bitrate { text += " \(bitrate)b" }
            if let parameters = codec.formatParameters { text += " ~\(parameters)" }
            return text
        }.joined(separator: ", ")
    }

    @Test(
        arguments: [
            ("PCMU@30i,PCMA,L16@16000h", "PCMU/8000/1 30i, PCMA/8000/1, L16/16000/1", []),
            (" pcmu , 'PCMA' ,,", "PCMU/8000/1, PCMA/8000/1", []),
            ("L16", "L16/8000/1", []),
            ("L16@44100h@2c@10i,L16@44100h@10i", "L16/44100/1 10i", ["L16@44100h@2c@10i"]),
            ("OPUS,G722,PCMU,PCMA,H264,VP8", "PCMU/8000/1, PCMA/8000/1", ["OPUS", "G722", "H264", "VP8"]),
            ("PCMU,PCMU,pcmu", "PCMU/8000/1", []),
            ("PCMU@16000h,PCMU@25i,PCMU@x,PCMU@,PCMU@99999999999999999999i,L16@3c", "", nil),
            ("mod_spandsp.PCMA", "PCMA/8000/1", []),
            ("", "", []),
            ("@,~,.,'", "", ["@", "~", "."]),
        ] as [(String, String, [String]?)]
    )
    func transcodedCodecs(text: String, expected: String, skipped: [String]?) {
        let list = CodecList(parsing: text)
        #expect(Self.summary(list) == expected)
        if let skipped { #expect(list.skipped == skipped) }
    }

    @Test(arguments: [
        ("opus@48000h@20i@1c,G722,PCMU@30i", "opus/48000/2 20i, G722/8000/1, PCMU/8000/1 30i"),
        ("G722@16000h,G722@8000h", "G722/8000/1"),
        (
            "'AMR@8000h@20i@12200b~octet-align=1;mode-set=0,2,4',PCMA",
            "AMR/8000/1 20i 12200b ~octet-align=1;mode-set=0,2,4, PCMA/8000/1"
        ),
        ("L16@44100h@2c@10i", "L16/44100/2 10i"),
        ("iLBC@30i,iLBC@20i", "iLBC/8000/1 30i, iLBC/8000/1 20i"),
    ])
    func relayedCodecs(text: String, expected: String) {
        #expect(Self.summary(CodecList(parsing: text, scope: .passThrough)) == expected)
    }

    @Test func listOfAnOfferKeepsWhatIsUnknown() throws {
        let offer = try SessionDescription(
            parsing: """
                v=0
                m=video 6000 RTP/AVP 96
                m=audio 5004 RTP/AVP 120 0 101 13
                a=rtpmap:120 Fancy/24000
                a=fmtp:120 x=1
                a=rtpmap:101 telephone-event/8000
                a=ptime:30
                """
        )
        let list = CodecList(of: offer, scope: .passThrough)
        #expect(Self.summary(list) == "Fancy/24000/1 30i ~x=1, PCMU/8000/1 30i")
        #expect(list.preferences.map(\.payloadType) == [120, 0])
        #expect(Self.summary(CodecList(of: offer)) == "PCMU/8000/1 30i")
    }

    @Test func lengthIsLimited() {
        let rates = [8000, 12_000, 16_000, 24_000, 32_000, 48_000]
        let entries = rates.flatMap { rate in (1...12).map { "L16@\(rate)h@\($0 * 10)i" } }
        let list = CodecList(parsing: entries.joined(separator: ","))
        #expect(list.preferences.count == CodecList.maximumCount)
        #expect(list.skipped.count == entries.count - CodecList.maximumCount)
    }
}
