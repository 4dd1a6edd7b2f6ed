import Glibc

/// A network device (TUN) whose packets are ours to read and to write.
///
/// It is gone when it is closed.
struct TunnelDevice {
    /// How many bytes a packet may have.
    static let longestPacket = 65_536
    /// `TUNSETIFF`, from linux/if_tun.h.
    private static let setInterface: UInt = 0x4004_54CA
    /// `IFF_TUN | IFF_NO_PI`: whole packets of IP, and nothing before them.
    private static let flags: [UInt8] = [0x01, 0x10]
    /// `struct ifreq`: the name, and what belongs to it.
    private static let (requestLength, nameLength) = (40, 16)

    /// What the kernel calls it here.
    let descriptor: Int32

    /// Makes a device in the network namespace of this process; it may be moved to another one while it is open.
    ///
    /// - Throws: What the kernel says.
    init(_ name: String) throws(SystemFault) {
        let descriptor = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFault("/dev/net/tun") }
        var request = [UInt8](repeating: 0, count: Self.requestLength)
        for (index, byte) in name.utf8.prefix(Self.nameLength - 1).enumerated() { request[index] = byte }
        request.replaceSubrange(Self.nameLength..<Self.nameLength + 2, with: Self.flags)
        let status = request.withUnsafeMutableBytes { bytes -> Int32 in
            guard let base = bytes.baseAddress else { return -1 }
            return ioctl(descriptor, Self.setInterface, base)
        }
        guard status >= 0 else {
            let fault = SystemFault(name)
            close(descriptor)
            throw fault
        }
        self.descriptor = descriptor
    }

    /// The next packet; `nil` when there is none now.
    func read(into buffer: inout [UInt8]) -> [UInt8]? {
        let length = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        return length > 0 ? Array(buffer[..<length]) : nil
    }

    /// Hands a packet to the namespace that the device is in; a device that is down takes none.
    func write(_ packet: [UInt8]) -> Bool {
        packet.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) } == packet.count
    }
}

/// What the kernel said, and about what.
struct SystemFault: Error, CustomStringConvertible {
    let description: String

    /// The last error of this thread.
    init(_ what: String) {
        description = "\(what): \(String(cString: strerror(errno)))"
    }
}
