import Base
import MediaEngine
import SIP
import SwitchCore
import TandemTesting
import Testing

/// A phone in a call to an extension that does these things, one per line: `name data`.
final class KeyBench {
    private static let uri = "sip:5005@10.0.0.1"
    private static let contact = ["Contact: <sip:a@10.0.0.99>", "Content-Type: application/sdp"]

    let exchange: SimulatedSwitch
    let phone: WirePeer
    /// Whom the extension may call.
    let other: WirePeer
    let answer: SIPMessage?

    /// - Parameters:
    ///   - type: The profile's `dtmf-type`.
    ///   - events: Whether the phone takes telephone-events.
    ///   - listening: Makes the port at which the phone hears.
    init(
        _ lines: [String],
        type: String = "rfc2833",
        events: Bool = true,
        settings: [String: String] = [:],
        listening: (SimulatedSwitch) throws -> UInt16 = { _ in 40_000 }
    ) throws {
        let actions = lines.map { line in
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            return (application: parts[0], data: parts.count > 1 ? parts[1] : "")
        }
        exchange = try SimulatedSwitch(
            seed: 1,
            settings: settings.merging(["auth-calls": "false", "dtmf-type": type]) { $1 },
            actions: actions
        )
        exchange.start()
        (phone, other) = (WirePeer(exchange), WirePeer(exchange, at: "10.0.0.98"))
        let body = Self.sdp(events: events, port: try listening(exchange))
        answer = phone.request(
            "INVITE",
            uri: Self.uri,
            to: "<\(Self.uri)>",
            fromTag: "peer",
            Self.contact,
            body: body
        )
        if answer != nil { request("ACK", cseq: 1) }
    }

    /// What a phone says of its audio, with telephone-events (RFC 4733) or without.
    static func sdp(events: Bool, port: UInt16 = 40_000) -> String {
        let start = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        let offer = start + "m=audio \(port) RTP/AVP 0"
        return offer + (events ? " 101\r\na=rtpmap:101 telephone-event/8000\r\n" : "\r\n")
    }

    /// A request of the phone's inside the dialog.
    @discardableResult
    func request(_ method: String, cseq: Int, _ headers: [String] = [], body: String = "") -> SIPMessage? {
        let tag = answer?.toTag ?? ""
        return phone.request(
            method,
            uri: Self.uri,
            to: "<\(Self.uri)>;tag=\(tag)",
            fromTag: "peer",
            cseq: cseq,
            headers,
            body: body
        )
    }

    /// The phone presses a key, and says so by INFO.
    func press(_ key: String, milliseconds: Int = 120, cseq: Int = 2) {
        let type = ["Content-Type: application/dtmf-relay"]
        let body = "Signal=\(key)\r\nDuration=\(milliseconds)\r\n"
        #expect(request("INFO", cseq: cseq, type, body: body)?.status == 200)
    }

    /// The INVITE that the other phone got.
    func invite() throws -> SIPMessage { try #require(other.heard.first { $0.method == .invite }) }

    /// Says something about the call to the other phone, which has audio.
    func respondOther(_ status: Int, events: Bool, port: UInt16 = 40_000) throws {
        let headers = ["Contact: <sip:b@10.0.0.98>", "Content-Type: application/sdp"]
        other.respond(status, to: try invite(), headers, body: Self.sdp(events: events, port: port))
    }

    /// Answers the call to the other phone.
    func answerOther(events: Bool, port: UInt16 = 40_000) throws {
        try respondOther(200, events: events, port: port)
        let sessions = exchange.softswitch.sessions
        #expect(
            exchange.loop.runUntil {
                sessions.count == 2 && sessions.all.allSatisfy { $0.assumeIsolated { $0.media?.isBridged == true } }
            }
        )
    }

    /// Has keys sent to the phone of the channel, and says whether they were taken.
    func send(_ keys: String, to id: String) -> Bool {
        let answer = exchange.command("uuid_send_dtmf \(id) \(keys)")
        exchange.loop.advance(by: .milliseconds(100))
        return answer.hasPrefix("+OK")
    }

    /// The channel of a direction.
    func id(_ direction: CallDirection) throws -> String {
        try #require(exchange.softswitch.sessions.all.first { $0.direction == direction }?.id)
    }

    /// The INFO requests that a phone got, each once however often it was sent.
    static func infos(of phone: WirePeer) -> [SIPMessage] {
        var numbers: Set<UInt32> = []
        return phone.heard.filter { $0.isRequest && $0.method == .info && numbers.insert($0.cseq).inserted }
    }

    /// The keys that a phone was told of by INFO.
    static func keys(of phone: WirePeer) -> [String] {
        infos(of: phone).map { $0.bodyText.split(whereSeparator: \.isNewline).joined(separator: " ") }
    }
}
