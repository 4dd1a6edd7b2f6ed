import Base
import Logging
import SIP
import SwitchCore

/// Calls by way of gateways.
extension Profile {
    /// Calls a number at a gateway.
    func call(
        _ number: String,
        by name: String,
        _ parameters: SIPParameters,
        _ request: OutgoingCall
    ) async -> OutgoingCallResult {
        let choice = await onLoop { profile -> (gateway: Gateway, uri: SIPURI, proxy: SIPURI?)? in
            guard let gateway = profile.gateway(named: name),
                let uri = gateway.configuration.uri(of: number, parameters)
            else { return nil }
            return (gateway, uri, profile.outboundProxy(of: gateway))
        }
        guard let (gateway, uri, proxy) = choice else { return .failure(.invalidUrl) }
        guard await onLoop({ $0.admits(gateway) }) else { return .failure(.gatewayDown) }
        // No way to the host is like a 503 from it (RFC 3263 §4.3).
        guard let flow = await flow(to: uri, by: proxy) else {
            await onLoop { _ in gateway.calls.failedOutbound &+= 1 }
            return .failure(CauseMapping.cause(for: 503))
        }
        var own = request
        // What the dial string says counts more.
        for (name, value) in gateway.configuration.outboundVariables where own.variables[name] == nil {
            own.variables.setUnchecked(name, value)
        }
        if let codecs = gateway.configuration.codecs, own.variables["codec_string"] == nil {
            own.variables.setUnchecked("codec_string", codecs)
        }
        await borrowFrom(for: gateway.configuration, &own)
        let completed = own
        return await onLoop { profile in
            guard profile.hasChannel(for: gateway) else { return .failure(.normalCircuitCongestion) }
            gateway.calls.outbound &+= 1
            var target = OutgoingTarget(uri, over: flow, isRouted: proxy != nil)
            (target.gateway, target.contactParameters) = (gateway, parameters)
            return profile.call(target, completed)
        }
    }

    /// Has From say what that of the caller's own call says, as far as the gateway wants it.
    private func borrowFrom(for gateway: GatewayConfiguration, _ request: inout OutgoingCall) async {
        guard let borrowed = gateway.borrowedFrom, let caller = request.originator,
            request.variables["sip_invite_domain"] == nil
        else { return }
        let (name, source) =
            switch borrowed {
            case .domain: ("sip_invite_domain", "sip_from_host")
            case .wholeAddress: ("sip_force_full_from", "sip_full_from")
            }
        guard let value = await caller.variable(source), !value.isEmpty else { return }
        request.variables.setUnchecked(name, value)
    }

    /// Whether one more call may go to a gateway: those that it has with us count in both directions.
    private func hasChannel(for gateway: Gateway) -> Bool {
        guard let limit = gateway.configuration.maximumChannels else { return true }
        guard legs.values.count(where: { $0.gateway?.name == gateway.name }) >= limit else { return true }
        gateway.calls.failedOutbound &+= 1
        logger.notice("gateway has as many calls as it may", metadata: ["gateway": "\(gateway.name)"])
        return false
    }

    /// Whether calls are sent to a gateway.
    private func admits(_ gateway: Gateway) -> Bool {
        if gateway.isUp { return true }
        gateway.calls.failedOutbound &+= 1
        logger.notice("gateway is down", metadata: ["gateway": "\(gateway.name)"])
        return false
    }
}

extension GatewayConfiguration {
    /// The Request-URI of a call to a number at the gateway, or to `user@host` by way of it.
    fileprivate func uri(of number: String, _ parameters: SIPParameters) -> SIPURI? {
        var uri: SIPURI
        if number.contains("@") {
            guard let other = SIPURI(number.hasScheme ? number : "sip:\(number)") else { return nil }
            uri = other
        } else {
            guard !number.isEmpty else { return nil }
            uri = proxy.withoutParameters
            uri.user = destinationPrefix + number
        }
        let kind = parameters["transport"] ?? proxy["transport"] ?? transport.uriName
        if kind != SIPTransportKind.udp.uriName, uri.scheme != .sips { uri["transport"] = kind }
        if let port = parameters["port"].flatMap({ UInt16($0) }) { uri.port = port }
        return uri
    }
}
