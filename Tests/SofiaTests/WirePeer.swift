import Base
import SIP
import SIPTransport
import TandemTesting

/// A peer of the simulated network that sends what a test writes and keeps what comes back, without a user agent.
// @unchecked: confined to the simulated loop.
final class WirePeer: SIPReceiver, @unchecked Sendable {
    private(set) var heard: [SIPMessage] = []
    private let exchange: SimulatedSwitch
    private let endpoint: IPEndpoint
    private var listener: (any SIPListener)?
    private var lastBranch = 0

    init(_ exchange: SimulatedSwitch) {
        self.exchange = exchange
        endpoint = IPEndpoint(IPAddress(v4: 0x0A00_0063), port: 5060)
        listener = exchange.network.attach(self, at: endpoint)
    }

    func send(_ text: String) {
        let server = IPEndpoint(exchange.address, port: 5060)
        listener?.send(Array(text.utf8), over: SIPFlow(transport: .udp, local: endpoint, remote: server))
        exchange.loop.advance(by: .milliseconds(100))
    }

    /// Sends a request and gives the final response that came at once.
    @discardableResult
    func request(
        _ method: String,
        uri: String = "sip:5001@10.0.0.1",
        to: String = "<sip:1000@10.0.0.1>",
        callID: String = "call",
        cseq: Int = 1,
        _ headers: [String] = [],
        body: String = ""
    ) -> SIPMessage? {
        lastBranch += 1
        let known = heard.count
        let lines =
            [
                "\(method) \(uri) SIP/2.0", "Via: SIP/2.0/UDP 10.0.0.99;branch=z9hG4bKwire\(lastBranch)",
                "Max-Forwards: 70", "From: <sip:1000@10.0.0.1>;tag=f\(lastBranch)", "To: \(to)", "Call-ID: \(callID)",
                "CSeq: \(cseq) \(method)",
            ] + headers + ["Content-Length: \(body.utf8.count)", "", body]
        send(lines.joined(separator: "\r\n"))
        return heard.dropFirst(known).last { ($0.status ?? 0) >= 200 }
    }

    func received(_ bytes: [UInt8], over flow: SIPFlow) {
        if let message = try? SIPMessage(parsing: bytes) { heard.append(message) }
    }

    func closed(_ flow: SIPFlow) {}
}
