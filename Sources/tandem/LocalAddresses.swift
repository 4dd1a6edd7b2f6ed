import Base
import Glibc
import NIOCore

/// What this machine's interfaces say.
enum LocalAddresses {
    /// The address that profiles bind to and advertise: the first one that is up and not the loopback's.
    static func primaryV4() -> IPAddress {
        let addresses = devices().map(\.address).filter { $0.family == .v4 && !$0.isLoopback && !$0.isLinkLocal }
        return addresses.first ?? .loopbackV4
    }

    /// The networks that this machine's own addresses are in.
    static func networks() -> [IPPrefix] {
        devices().compactMap { device in
            guard let mask = device.mask else { return nil }
            let bits = mask.high.nonzeroBitCount + mask.low.nonzeroBitCount
            return IPPrefix(device.address, length: bits)
        }
    }

    static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func devices() -> [(address: IPAddress, mask: IPAddress?)] {
        let found = (try? System.enumerateDevices()) ?? []
        return found.compactMap { device in
            guard let text = device.address?.ipAddress, let address = IPAddress(text) else { return nil }
            return (address, device.netmask?.ipAddress.flatMap { IPAddress($0) })
        }
    }
}
