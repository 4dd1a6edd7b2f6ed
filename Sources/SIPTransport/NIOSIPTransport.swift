public import Base
import Glibc
public import NIOPosix
public import SIP

/// SIP over the operating system's UDP and TCP sockets, and over TLS.
public final class NIOSIPTransport: SIPTransport {
    private let resolverThreads: NIOThreadPool
    private let limits: StreamLimits
    private let lookUps = Turnstile(limit: NIOSIPTransport.lookUpLimit)

    /// A transport; `resolverThreads` looks up host names and must be started.
    public init(resolverThreads: NIOThreadPool, limits: StreamLimits = StreamLimits()) {
        (self.resolverThreads, self.limits) = (resolverThreads, limits)
    }

    /// Why a listener could not be made.
    public struct ListenError: Error, CustomStringConvertible {
        /// What went wrong, for the operator.
        public let description: String
    }

    /// Begins to listen on an endpoint.
    public func listen(
        on endpoint: IPEndpoint,
        kinds: Set<SIPTransportKind>,
        secured: SecuredEndpoint? = nil,
        loop: any Loop,
        receiver: any SIPReceiver
    ) async throws -> any SIPListener {
        guard let loop = loop as? NIOLoop else { throw ListenError(description: "not a network event loop") }
        var failure = ""
        for _ in 0..<(endpoint.port == 0 ? Self.anyPortAttempts : 1) {
            let listener = NIOSIPListener(loop: loop, receiver: receiver, limits: limits, secured: secured)
            do {
                try await listener.open(endpoint, kinds: kinds)
                return listener
            } catch {
                await listener.close()
                failure = "\(error)"
            }
        }
        throw ListenError(description: "cannot listen on \(endpoint): \(failure)")
    }

    /// How many ports are tried where any will do: one that is free for UDP may be taken for TCP.
    private static let anyPortAttempts = 8

    /// The addresses of a host name, from the system's resolver on a thread that may wait; none when too many wait.
    public func resolve(_ host: String) async -> [IPAddress] {
        if let address = IPAddress(host) { return [address] }
        guard lookUps.enter() else { return [] }
        defer { lookUps.leave() }
        let found = try? await resolverThreads.runIfActive { Self.lookUp(host) }
        return found ?? []
    }

    /// All addresses, of both families: it is for the caller to choose those that it can reach.
    private static func lookUp(_ host: String) -> [IPAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, nil, &hints, &first) == 0 else { return [] }
        defer { unsafe freeaddrinfo(first) }
        var found: [IPAddress] = []
        var next = unsafe first
        while let entry = unsafe next, found.count < addressLimit {
            let size = unsafe Int(entry.pointee.ai_addrlen)
            let raw = unsafe UnsafeRawBufferPointer(start: entry.pointee.ai_addr, count: size)
            if let endpoint = unsafe IPEndpoint(socketAddress: raw) { found.append(endpoint.address) }
            unsafe next = entry.pointee.ai_next
        }
        return found
    }

    /// How many addresses of one name are kept.
    private static let addressLimit = 32
    /// How many look-ups are going on or wait for a thread.
    private static let lookUpLimit = 128
}
