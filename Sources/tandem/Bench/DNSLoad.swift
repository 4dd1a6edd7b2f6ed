import Base
import DNSMessage
import Glibc

/// Asks a name server on this machine over UDP, for clients of many networks, as fast as it answers.
struct DNSLoad {
    /// How many questions are on their way at once.
    private static let window = 64
    /// How long it waits for answers before it takes them for lost, in milliseconds.
    private static let patience: Int32 = 200

    private let descriptor: Int32
    private var messages: [[UInt8]]
    private var buffer = [UInt8](repeating: 0, count: 4096)
    private var next = 0
    /// How many answers came that name something.
    private(set) var answers = 0
    /// How many came that do not.
    private(set) var others = 0

    /// - Parameter networks: For whose clients it asks, in turn.
    init?(port: Int, name: String, networks: [IPPrefix]) {
        messages = networks.compactMap { network in
            var message = DNSMessage(id: 1)
            message.questions = [DNSQuestion(DomainName(name) ?? .root, .a)]
            message.edns = EDNS(payloadSize: 1232)
            message.edns?.clientSubnet = ClientSubnet(network)
            return message.serialized()
        }
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0, !messages.isEmpty else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    func end() { close(descriptor) }

    /// Whether the server answers by now.
    mutating func isAnswered() -> Bool {
        let before = answers
        ask()
        receive(Self.patience)
        return answers > before
    }

    /// Asks for so many seconds.
    mutating func run(seconds: Double) {
        let end = MonotonicInstant.now + .seconds(seconds)
        (answers, others) = (0, 0)
        for _ in 0..<Self.window { ask() }
        while MonotonicInstant.now < end {
            let before = answers + others
            receive(Self.patience)
            let came = answers + others - before
            for _ in 0..<(came > 0 ? came : Self.window) { ask() }
        }
        receive(Self.patience)
    }

    private mutating func ask() {
        next = (next + 1) % messages.count
        messages[next][0] = UInt8(truncatingIfNeeded: next >> 8)
        messages[next][1] = UInt8(truncatingIfNeeded: next)
        let message = messages[next]
        _ = send(descriptor, message, message.count, Int32(MSG_NOSIGNAL))
    }

    /// Waits for an answer, and takes all that there are.
    private mutating func receive(_ milliseconds: Int32) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, milliseconds) > 0 else { return }
        while true {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard count >= 12 else { return }
            let isAnswer = buffer[3] & 0xF == 0 && buffer[2] & 2 == 0 && (buffer[6] > 0 || buffer[7] > 0)
            if isAnswer { answers += 1 } else { others += 1 }
        }
    }
}
