public import Base

/// Media that are handed on as they are: a description passes with other addresses and ports, and nothing else changed.
extension SessionDescription {
    /// Where one line of media is to be sent, with its RTCP; `nil` where it is rejected or no address is named.
    public func destination(of line: MediaDescription) -> (rtp: IPEndpoint, rtcp: IPEndpoint)? {
        guard line.port != 0, let address = connection(of: line)?.address, !address.isUnspecified else { return nil }
        return line.endpoints(at: address)
    }

    /// The description with the addresses of those who hand its media on, one for each line; lines without one are
    /// rejected.
    ///
    /// What names further addresses is left out (`a=rtcp`, and the candidates of ICE, which would lead past them). A line that
    /// asks for nothing by the address 0.0.0.0 keeps that (RFC 3264 §8.4).
    public func relayed(by endpoints: [IPEndpoint?]) -> SessionDescription {
        var description = self
        description.attributes.removeAll { $0.namesAddresses }
        for (index, line) in media.enumerated() {
            guard line.port != 0, index < endpoints.count, let endpoint = endpoints[index] else {
                description.media[index] = line.rejected
                continue
            }
            var relayed = line
            (relayed.port, relayed.portCount, relayed.connections) = (endpoint.port, 1, [])
            if let connection = connection(of: line), connection.address?.isUnspecified == true {
                relayed.connections = [connection]
            }
            relayed.attributes.removeAll { $0.namesAddresses }
            description.media[index] = relayed
        }
        let address = endpoints.lazy.compactMap { $0?.address }.first
        description.connection = address.map { SDPConnection($0) } ?? connection
        return description
    }
}

extension MediaDescription {
    /// Whether the line is sent in datagrams to one address, which can be handed on without looking into them.
    public var isRelayable: Bool {
        let transport = transport.uppercased()
        return !transport.contains("TCP") && portCount == 1
    }

    /// Where RTP and RTCP go by a line whose address is that.
    func endpoints(at address: IPAddress) -> (rtp: IPEndpoint, rtcp: IPEndpoint) {
        let named = rtcpAttribute
        let next = port == .max ? port : port + 1
        return (
            IPEndpoint(address, port: port),
            IPEndpoint(named?.address ?? address, port: named?.port ?? next)
        )
    }
}

extension SDPAttribute {
    fileprivate var namesAddresses: Bool {
        ["rtcp", "candidate", "remote-candidates", "end-of-candidates"].contains(name) || name.hasPrefix("ice-")
    }
}
