import Base
import Logging
import SIP
import SwitchCore

/// The gateways of a profile: which there are, and their registrations.
extension Profile {
    /// How many gateways one profile has.
    static let gatewayLimit = 10_000

    /// A gateway of the profile.
    func gateway(named name: String) -> Gateway? { gateways[name] }

    /// All gateways, by their names.
    var allGateways: [Gateway] { gateways.values.sorted { $0.name < $1.name } }

    /// Adds those gateways that are new, and puts those that have changed in the place of what they were.
    func load(_ configurations: [GatewayConfiguration]) {
        for configuration in configurations {
            if let known = gateway(named: configuration.name) {
                guard known.configuration.definition != configuration.definition else { continue }
                remove(known)
            }
            if self.configuration.tls == nil, let fault = configuration.faultWithoutTLS {
                logger.error("\(fault)")
                continue
            }
            guard gateways.count < Self.gatewayLimit else {
                logger.error("too many gateways", metadata: ["limit": "\(Self.gatewayLimit)"])
                return
            }
            add(configuration)
        }
    }

    private func add(_ configuration: GatewayConfiguration) {
        let gateway = Gateway(configuration, using: &gatewayNumbers, at: loop.now)
        gateways[configuration.name] = gateway
        logger.notice("gateway added", metadata: ["gateway": "\(gateway.name)"])
        publish("sofia::gateway_add", of: gateway)
        if configuration.registers {
            perform(gateway.registration.register(at: loop.now), of: gateway)
        } else {
            subscribe(at: gateway)
        }
        setTimer(of: gateway)
    }

    /// Ends a gateway; what is registered there is removed.
    func remove(_ gateway: Gateway) {
        unsubscribe(at: gateway)
        if gateway.registration.isBound(at: loop.now) { unregister(gateway) }
        gateway.timer?.cancel()
        gateways[gateway.name] = nil
        logger.notice("gateway removed", metadata: ["gateway": "\(gateway.name)"])
        publish("sofia::gateway_delete", of: gateway, isProfileFirst: true)
    }

    /// Registers now (`sofia profile … register`).
    func register(_ gateway: Gateway) {
        perform(gateway.registration.register(at: loop.now), of: gateway)
        setTimer(of: gateway)
    }

    /// Ends the registration until somebody asks for it again.
    func unregister(_ gateway: Gateway) {
        perform(gateway.registration.unregister(at: loop.now), of: gateway)
        setTimer(of: gateway)
    }

    /// Ends all gateways, and waits a moment for their answers.
    func leaveGateways() async {
        await withCheckedContinuation { continuation in
            loop.execute {
                for gateway in self.allGateways { self.remove(gateway) }
                guard self.departures > 0 else { return continuation.resume() }
                let timer = self.loop.schedule(at: self.loop.now + Self.departureTime) { self.noteDepartures() }
                self.afterDepartures = {
                    timer.cancel()
                    continuation.resume()
                }
            }
        }
    }

    /// A registration or a subscription has been removed, as far as it can be.
    func hasDeparted() {
        departures -= 1
        if departures == 0 { noteDepartures() }
    }

    private func noteDepartures() {
        afterDepartures?()
        afterDepartures = nil
    }

    /// How long a profile that ends waits for the answers of its gateways.
    private static let departureTime = Duration.seconds(1)

    // MARK: - Time

    /// Wakes the profile when something is to be done about a gateway.
    func setTimer(of gateway: Gateway) {
        gateway.timer?.cancel()
        guard let deadline = gateway.deadline, gateways[gateway.name] === gateway else { return }
        gateway.timer = loop.schedule(at: deadline) { [weak self, weak gateway] in
            guard let self, let gateway else { return }
            timerFired(of: gateway)
        }
    }

    private func timerFired(of gateway: Gateway) {
        let now = loop.now
        perform(gateway.registration.timerFired(at: now), of: gateway)
        subscriptionTimerFired(of: gateway)
        if gateway.isPinged, gateway.ping?.isDue(at: now) == true {
            gateway.ping?.asked(at: now)
            // One task for a question: the gateway's name may have to be looked up.
            Task.immediate(executorPreference: loop) { await self.ask(gateway) }
        }
        setTimer(of: gateway)
    }

    // MARK: - Registration

    private func perform(_ actions: [ClientRegistration.Action], of gateway: Gateway) {
        for action in actions {
            switch action {
            case .enter(let state, let status, let phrase): entered(state, status, phrase, gateway)
            case .register(let expires, let target):
                gateway.attempt &+= 1
                let attempt = gateway.attempt
                if expires == 0 { departures += 1 }
                // One task for a REGISTER: the registrar's name may have to be looked up.
                Task.immediate(executorPreference: loop) {
                    await self.register(gateway, for: expires, at: target, attempt)
                    if expires == 0 { self.hasDeparted() }
                }
            }
        }
    }

    private func entered(_ state: ClientRegistration.State, _ status: Int?, _ phrase: String, _ gateway: Gateway) {
        switch state {
        case .registered:
            // The first one is what they wait for; and who was lost, and is back, may know nothing of them any more.
            if !gateway.isUp { subscribe(at: gateway) }
            gateway.note(isUp: true, at: loop.now)
        case .failed:
            gateway.note(isUp: false, at: loop.now)
            logger.warning(
                "gateway failed to register",
                metadata: ["gateway": "\(gateway.name)", "status": "\(status ?? 0)", "phrase": "\(phrase.asLogged)"]
            )
        case .removing: gateway.note(isUp: false, at: loop.now)
        default: break
        }
        publishState(of: gateway, state, status, phrase)
    }

    private func register(_ gateway: Gateway, for expires: Int, at target: SIPURI?, _ attempt: UInt64) async {
        guard let flow = await flow(to: target ?? registrar(of: gateway), for: target == nil ? .gateway : .dialog)
        else {
            guard attempt == gateway.attempt else { return }
            perform(gateway.registration.failed(503, at: loop.now), of: gateway)
            return setTimer(of: gateway)
        }
        guard attempt == gateway.attempt else { return }
        let message = makeRegister(gateway, expires, target, flow)
        gateway.cseq &+= 1
        let response = await request(message)
        // Each answer to a challenge has taken a number.
        if let response { gateway.cseq = max(gateway.cseq, response.cseq &+ 1) }
        guard attempt == gateway.attempt else { return }
        if let response {
            gateway.peer = flow.remote
            let actions = gateway.registration.received(response, for: contact(of: gateway).uri, at: loop.now)
            perform(actions, of: gateway)
        } else {
            perform(gateway.registration.failed(408, at: loop.now), of: gateway)
        }
        setTimer(of: gateway)
    }

    private func makeRegister(_ gateway: Gateway, _ expires: Int, _ target: SIPURI?, _ flow: SIPFlow) -> OutgoingRequest
    {
        let own = NameAddress(address(of: gateway))
        let to = gateway.configuration.hasDistinctTo ? NameAddress(recordAddress(of: gateway)) : own
        let uri = target?.withoutParameters ?? gateway.configuration.home
        var request = OutgoingRequest(.register, uri: uri, from: own, to: to, flow: flow)
        request.headers = [
            SIPHeaderLine(.contact, contact(of: gateway).description), SIPHeaderLine(.expires, String(expires)),
        ]
        (request.account, request.callID, request.cseq) = (gateway.account, gateway.callID, gateway.cseq)
        // Whoever the registrar names may not have any password guessed.
        if target != nil { request.account?.realm = gateway.configuration.realm }
        return request
    }

    // MARK: - Is it there?

    private func ask(_ gateway: Gateway) async {
        var status: Int?
        if let flow = await flow(to: registrar(of: gateway), for: .gateway), let pinging = gateway.configuration.pinging
        {
            let home = gateway.configuration.home
            var question = OutgoingRequest(
                .options,
                uri: home,
                from: NameAddress(home),
                to: NameAddress(home),
                flow: flow
            )
            if pinging.hasContact { question.headers.append(SIPHeaderLine(.contact, contact(of: gateway).description)) }
            if let agent = pinging.userAgent { question.headers.append(SIPHeaderLine(.userAgent, agent)) }
            question.account = gateway.account
            let asked = loop.now
            status = await request(question)?.status
            // With credentials it was asked twice.
            if let status, question.account == nil, status < 300 { noteRoundTrip(since: asked, over: flow) }
        }
        guard gateways[gateway.name] === gateway else { return }
        let wasUp = gateway.isUp
        let isUp = gateway.ping?.answered(status, isUp: wasUp, at: loop.now) ?? wasUp
        // A command may have ended it meanwhile.
        if gateway.isPinged {
            gateway.note(isUp: isUp, at: loop.now)
            if isUp != wasUp {
                logger.warning("gateway is \(isUp ? "up" : "down")", metadata: ["gateway": "\(gateway.name)"])
            }
            if isUp != wasUp || gateway.configuration.pinging?.isTold == true {
                publishState(of: gateway, gateway.registration.state, status, "")
            }
            if !isUp { perform(gateway.registration.lost(at: loop.now), of: gateway) }
        }
        setTimer(of: gateway)
    }

    // MARK: - Events

    private func publish(_ subclass: String, of gateway: Gateway, isProfileFirst: Bool = false) {
        publish(subclass) {
            let headers = [("Gateway", gateway.name), ("profile-name", name)]
            return isProfileFirst ? headers.reversed() : headers
        }
    }

    private func publishState(of gateway: Gateway, _ state: ClientRegistration.State, _ status: Int?, _ phrase: String)
    {
        publish("sofia::gateway_state") {
            var headers = [
                ("Gateway", gateway.name), ("State", state.rawValue), ("Ping-Status", gateway.isUp ? "UP" : "DOWN"),
            ]
            if let peer = gateway.peer {
                headers += [("Register-Network-IP", "\(peer.address)"), ("Register-Network-Port", "\(peer.port)")]
            }
            if !phrase.isEmpty { headers.append(("Phrase", phrase.withoutControls)) }
            if let status { headers.append(("Status", String(status))) }
            return headers
        }
    }
}
