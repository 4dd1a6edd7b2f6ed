import Glibc

/// What a service manager hears from a program that it has started (`sd_notify(3)`, `Type=notify`).
enum ServiceNotice {
    /// The program does what it is there for; nothing happens when nobody wants to know.
    static func ready() {
        guard let path = getenv("NOTIFY_SOCKET").map({ String(cString: $0) }) else { return }
        send("READY=1", to: path)
    }

    /// Sends one datagram to a socket of the machine; a name that begins with `@` is none of the file system.
    private static func send(_ text: String, to path: String) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(path.utf8)
        guard !name.isEmpty, name.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        if name[0] == UInt8(ascii: "@") { name[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        // A manager that does not read keeps nobody waiting.
        let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(descriptor, bytes, bytes.count, flags, $0, length)
            }
        }
    }
}
