import Base
import CDatagrams
import NIOPosix
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// Questions in datagrams: a thread takes all that there are at once, and answers them at once.
///
/// An answer leaves from the address that its question came to, also where it listens on all addresses.
final class DatagramListener: Sendable {
    /// How many bytes of datagrams the system keeps for us.
    private static let receiveBuffer: CInt = 1 << 20

    /// Where it listens.
    let endpoint: IPEndpoint
    private let descriptor: CInt
    /// What wakes the thread when it is to end, and where it hears of that.
    private let (waker, sleeper): (CInt, CInt)
    private let isEnding = Atomic(false)
    private let thread = NIOThreadPool(numberOfThreads: 1)

    /// Takes a port, and does not answer yet.
    ///
    /// - Parameters:
    ///   - port: 0 for any that is free.
    ///   - isV6Only: Whether all addresses of IPv6 are those alone: somebody else has those of IPv4.
    init(_ address: IPAddress, port: Int, isV6Only: Bool = false) throws(SystemFault) {
        let (socket, bound) = try Self.open(address, UInt16(truncatingIfNeeded: port), isV6Only)
        descriptor = socket
        endpoint = IPEndpoint(address, port: bound)
        var ends: [CInt] = [-1, -1]
        // Without it nothing wakes the thread, which ends with the next datagram then.
        if pipe(&ends) == 0 {
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        }
        (sleeper, waker) = (ends[0], ends[1])
    }

    /// A socket, and the port that it got.
    private static func open(
        _ address: IPAddress,
        _ port: UInt16,
        _ isV6Only: Bool
    ) throws(SystemFault) -> (CInt, UInt16) {
        let isV6 = address.family == .v6
        let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(isV6 ? AF_INET6 : AF_INET, kind, 0)
        guard descriptor >= 0 else { throw SystemFault() }
        var buffer = receiveBuffer
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &buffer, socklen_t(MemoryLayout<CInt>.size))
        if isV6, isV6Only {
            var on: CInt = 1
            setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, socklen_t(MemoryLayout<CInt>.size))
        }
        guard cdatagrams_prepare(descriptor, isV6) == 0, let bound = bind(descriptor, address, port) else {
            let fault = SystemFault()
            close(descriptor)
            throw fault
        }
        return (descriptor, bound)
    }

    deinit { for end in [descriptor, sleeper, waker] where end >= 0 { close(end) } }

    /// The port that it got; `nil` when it got none.
    private static func bind(_ descriptor: CInt, _ address: IPAddress, _ port: UInt16) -> UInt16? {
        var storage = sockaddr_storage()
        let bytes = address.bytes
        let isV6 = address.family == .v6
        var length = socklen_t(isV6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutableBytes(of: &storage) { raw -> UInt16? in
            guard let base = raw.baseAddress else { return nil }
            let pointer = base.assumingMemoryBound(to: sockaddr.self)
            pointer.pointee.sa_family = sa_family_t(isV6 ? AF_INET6 : AF_INET)
            raw.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
            // The flow's label comes before an address of IPv6.
            for (index, byte) in bytes.enumerated() { raw[(isV6 ? 8 : 4) + index] = byte }
            guard Glibc.bind(descriptor, pointer, length) == 0, getsockname(descriptor, pointer, &length) == 0 else {
                return nil
            }
            return UInt16(bigEndian: raw.load(fromByteOffset: 2, as: UInt16.self))
        }
    }

    /// Begins to answer.
    func start(_ answering: @escaping @Sendable () -> Answering) {
        thread.start()
        thread.submit { _ in self.run(answering()) }
    }

    /// Ends; the thread holds nothing any more when this returns.
    func stop() async {
        isEnding.store(true, ordering: .relaxed)
        _ = write(waker, [0], 1)
        try? await thread.shutdownGracefully()
    }

    private func run(_ answering: consuming Answering) {
        guard let batch = cdatagrams_create() else { return }
        defer { cdatagrams_destroy(batch) }
        var system = SystemRandomNumberGenerator()
        var generator = SeededGenerator(seed: system.next())
        var waits = [descriptor, sleeper].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while !isEnding.load(ordering: .relaxed) {
            let count = cdatagrams_receive(batch, descriptor)
            guard count > 0 else {
                // An error is that of an earlier answer, which could not reach somebody.
                if count < 0 { poll(&waits, nfds_t(waits.count), -1) }
                continue
            }
            let (now, time) = (MonotonicInstant.now, UInt32(truncatingIfNeeded: Int64(MachineClock.wall.seconds)))
            for index in 0..<count {
                guard let address = Self.source(batch, index), let data = cdatagrams_data(batch, index) else {
                    continue
                }
                let length = Int(cdatagrams_length(batch, index))
                let question = Array(UnsafeBufferPointer(start: data, count: length))
                let asker = Responder.Asker(
                    address: address,
                    isConnected: false,
                    now: now,
                    unixTime: time,
                    chance: generator.next()
                )
                for answer in answering.answers(to: question, from: asker) {
                    cdatagrams_answer(batch, index, answer, CInt(answer.count))
                }
            }
            cdatagrams_send(batch, descriptor)
        }
    }

    private static func source(_ batch: OpaquePointer, _ index: CInt) -> IPAddress? {
        var bytes: (UInt64, UInt64) = (0, 0)
        let length = withUnsafeMutableBytes(of: &bytes) { raw in
            cdatagrams_source(batch, index, raw.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
        switch length {
        case 4:
            // The four bytes come first.
            return IPAddress(v4: UInt32(truncatingIfNeeded: UInt64(bigEndian: bytes.0) >> 32))
        case 16: return IPAddress(v6: UInt64(bigEndian: bytes.0), UInt64(bigEndian: bytes.1)).unmapped
        default: return nil
        }
    }
}
