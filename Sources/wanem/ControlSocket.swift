import Glibc
import WANEmulation

/// A socket of this machine at which lines are taken and answered.
struct ControlSocket {
    /// How many may talk at once.
    private static let maximumConnections = 16

    /// One who talks.
    struct Connection {
        let descriptor: Int32
        /// What came since the end of the last line.
        var text: [UInt8] = []
    }

    /// What connections come in at.
    let descriptor: Int32
    private(set) var connections: [Connection] = []

    /// Listens; what is at the path before is taken away.
    init(_ path: String) throws(SystemFault) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8.prefix(MemoryLayout.size(ofValue: address.sun_path) - 1))
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        unlink(path)
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) == 0 }
        }
        guard isBound, listen(descriptor, Int32(Self.maximumConnections)) == 0 else { throw SystemFault(path) }
    }

    /// Takes a connection that waits.
    mutating func accept() {
        let descriptor = Glibc.accept(descriptor, nil, nil)
        guard descriptor >= 0 else { return }
        guard connections.count < Self.maximumConnections else {
            close(descriptor)
            return
        }
        connections.append(Connection(descriptor: descriptor))
    }

    /// Reads from one of ``connections``; a connection that says nonsense at length is closed.
    ///
    /// - Returns: The lines that are whole.
    mutating func lines(from descriptor: Int32) -> [String] {
        guard let index = connections.firstIndex(where: { $0.descriptor == descriptor }) else { return [] }
        var buffer = [UInt8](repeating: 0, count: WANCommand.maximumLength)
        let length = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard length > 0, connections[index].text.count + length <= 2 * WANCommand.maximumLength else {
            close(descriptor)
            connections.remove(at: index)
            return []
        }
        connections[index].text += buffer[..<length]
        var lines: [String] = []
        while let end = connections[index].text.firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(String(decoding: connections[index].text[..<end], as: UTF8.self))
            connections[index].text.removeFirst(end + 1)
        }
        return lines
    }

    /// Answers.
    func send(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let flags = Int32(MSG_NOSIGNAL)
            let sent = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
            guard sent > 0 else { return }
            rest = rest.dropFirst(sent)
        }
    }
}
