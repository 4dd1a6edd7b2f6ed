import Glibc

/// The addresses of the machine's network interfaces.
enum InterfaceAddress {
    /// What families `interface_ip` can be asked for.
    static let families: [String: Set<Int32>] = ["auto": [AF_INET, AF_INET6], "ipv4": [AF_INET], "ipv6": [AF_INET6]]

    /// The first address of an interface that is up; `nil` without one.
    static func first(of name: String, in families: Set<Int32>) -> String? {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return nil }
        defer { freeifaddrs(list) }
        var next = list
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard entry.ifa_flags & UInt32(IFF_UP) != 0, String(cString: entry.ifa_name) == name,
                let address = entry.ifa_addr, families.contains(Int32(address.pointee.sa_family))
            else { continue }
            return text(of: address)
        }
        return nil
    }

    /// The address without the zone that link-local ones have.
    private static func text(of address: UnsafeMutablePointer<sockaddr>) -> String? {
        let isV4 = Int32(address.pointee.sa_family) == AF_INET
        let length = isV4 ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let room = socklen_t(text.count)
        guard getnameinfo(address, socklen_t(length), &text, room, nil, 0, NI_NUMERICHOST) == 0 else { return nil }
        return String(decoding: text.prefix { $0 != 0 && $0 != 0x25 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
