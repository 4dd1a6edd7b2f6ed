import Base
import SIP
import SIPTransport
import TandemTesting

/// A peer of the simulated network that sends what a test writes and keeps what comes back, without a user agent.
// @unchecked: confined to the simulated loop.
final class WirePeer: SIPReceiver, @unchecked Sendable {
    private(set) var heard: [SIPMessage] = []
    /// The transports that it came over.
    private(set) var transports: Set<SIPTransportKind> = []
    private let exchange: SimulatedSwitch
    private let endpoint: IPEndpoint
    private let transport: SIPTransportKind
    private let via: String
    private var listener: (any SIPListener)?
    private var lastBranch = 0

    /// - Parameter via: What it takes for its own address; the true one when `nil`.
    init(
        _ exchange: SimulatedSwitch,
        at address: String = "10.0.0.99",
        via: String? = nil,
        over transport: SIPTransportKind = .udp
    ) {
        (self.exchange, self.transport) = (exchange, transport)
        self.via = via ?? address
        endpoint = IPEndpoint(IPAddress(address) ?? .loopbackV4, port: 5060)
        listener = exchange.network.attach(self, at: endpoint)
    }

    func send(_ text: String) {
        let server = IPEndpoint(exchange.address, port: 5060)
        guard let flow = listener?.flow(to: server, over: transport) else { return }
        listener?.send(Array(text.utf8), over: flow)
        exchange.loop.advance(by: .milliseconds(100))
    }

    /// Sends a request and gives the final response that came at once.
    @discardableResult
    func request(
        _ method: String,
        uri: String = "sip:5001@10.0.0.1",
        from: String = "<sip:1000@10.0.0.1>",
        to: String = "<sip:1000@10.0.0.1>",
        fromTag: String? = nil,
        callID: String = "call",
        cseq: Int = 1,
        _ headers: [String] = [],
        body: String = ""
    ) -> SIPMessage? {
        lastBranch += 1
        let known = heard.count
        let lines =
            [
                "\(method) \(uri) SIP/2.0",
                "Via: SIP/2.0/\(transport.viaName) \(via);rport;branch=z9hG4bKwire\(lastBranch)",
                "Max-Forwards: 70", "From: \(from);tag=\(fromTag ?? "f\(lastBranch)")", "To: \(to)",
                "Call-ID: \(callID)", "CSeq: \(cseq) \(method)",
            ] + headers + ["Content-Length: \(body.utf8.count)", "", body]
        send(lines.joined(separator: "\r\n"))
        return heard.dropFirst(known).last { ($0.status ?? 0) >= 200 }
    }

    /// Sends the final response to a request of the switch's.
    func respond(_ status: Int, to request: SIPMessage, tag: String = "wire", _ headers: [String], body: String = "") {
        let to = request.first(.to) ?? ""
        let lines =
            [
                "SIP/2.0 \(status) X", "Via: \(request.first(.via) ?? "")", "From: \(request.first(.from) ?? "")",
                "To: " + (to.contains("tag=") ? to : "\(to);tag=\(tag)"), "Call-ID: \(request.callID)",
                "CSeq: \(request.cseq) \(request.method.name)",
            ] + headers + ["Content-Length: \(body.utf8.count)", "", body]
        send(lines.joined(separator: "\r\n"))
    }

    func received(_ bytes: [UInt8], over flow: SIPFlow) {
        guard let message = try? SIPMessage(parsing: bytes) else { return }
        heard.append(message)
        transports.insert(flow.transport)
    }

    func closed(_ flow: SIPFlow) {}
}
