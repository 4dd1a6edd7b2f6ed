public import Base
import NIOCore
public import NIOPosix
public import SIP

/// SIP over the operating system's UDP and TCP sockets.
public final class NIOSIPTransport: SIPTransport {
    private let resolverThreads: NIOThreadPool

    /// A transport; `resolverThreads` looks up host names and must be started.
    public init(resolverThreads: NIOThreadPool) {
        self.resolverThreads = resolverThreads
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
        loop: any Loop,
        receiver: any SIPReceiver
    ) async throws -> any SIPListener {
        guard let loop = loop as? NIOLoop else { throw ListenError(description: "not a network event loop") }
        let listener = NIOSIPListener(loop: loop, receiver: receiver)
        do {
            try await listener.open(endpoint, kinds: kinds)
        } catch {
            await listener.close()
            throw ListenError(description: "cannot listen on \(endpoint): \(error)")
        }
        return listener
    }

    /// The addresses of a host name, from the system's resolver on a thread that may wait.
    public func resolve(_ host: String) async -> [IPAddress] {
        if let address = IPAddress(host) { return [address] }
        let found = try? await resolverThreads.runIfActive { Self.lookUp(host) }
        return found ?? []
    }

    private static func lookUp(_ host: String) -> [IPAddress] {
        guard let address = try? SocketAddress.makeAddressResolvingHost(host, port: 0),
            let endpoint = IPEndpoint(address)
        else { return [] }
        return [endpoint.address]
    }
}
