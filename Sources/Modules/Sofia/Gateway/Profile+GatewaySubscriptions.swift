import Base
import Logging
import SIP
import SwitchCore

/// What gateways tell of without being asked each time (RFC 6665): whether messages wait for an account, for one.
extension Profile {
    /// Begins a gateway's subscriptions, or lengthens them.
    func subscribe(at gateway: Gateway) {
        for part in gateway.subscriptions { perform(part.subscription.subscribe(at: loop.now), part, at: gateway) }
    }

    /// Does what has become due.
    func subscriptionTimerFired(of gateway: Gateway) {
        for part in gateway.subscriptions { perform(part.subscription.timerFired(at: loop.now), part, at: gateway) }
    }

    /// Ends them.
    func unsubscribe(at gateway: Gateway) {
        for part in gateway.subscriptions { perform(part.subscription.unsubscribe(), part, at: gateway) }
    }

    private func perform(_ actions: [ClientSubscription.Action], _ part: GatewaySubscription, at gateway: Gateway) {
        for action in actions {
            switch action {
            case .enter(let state, let status): entered(state, status, part, gateway)
            case .subscribe(let expires):
                part.attempt &+= 1
                let attempt = part.attempt
                if expires == 0 { departures += 1 }
                // One task for a SUBSCRIBE: the gateway's name may have to be looked up.
                Task.immediate(executorPreference: loop) {
                    await self.subscribe(part, at: gateway, for: expires, attempt)
                    if expires == 0 { self.hasDeparted() }
                }
            }
        }
    }

    private func entered(
        _ state: ClientSubscription.State,
        _ status: Int?,
        _ part: GatewaySubscription,
        _ gateway: Gateway
    ) {
        let level: Logger.Level = state == .failed ? .warning : .debug
        logger.log(
            level: level,
            "subscription",
            metadata: [
                "gateway": "\(gateway.name)", "event": "\(part.settings.event)", "state": "\(state.rawValue)",
                "status": "\(status ?? 0)",
            ]
        )
    }

    private func subscribe(
        _ part: GatewaySubscription,
        at gateway: Gateway,
        for expires: Int,
        _ attempt: UInt64
    ) async {
        let hop = part.subscription.nextHop
        let flow = await flow(to: hop ?? registrar(of: gateway), for: hop == nil ? .gateway : .dialog)
        guard attempt == part.attempt else { return }
        var response: SIPMessage?
        if let flow {
            var request = makeSubscribe(part.settings, at: gateway, expires, flow)
            part.subscription.adopt(&request)
            response = await self.request(request)
            guard attempt == part.attempt else { return }
        }
        let actions =
            response.map { part.subscription.received($0, at: loop.now) }
            ?? part.subscription.failed(flow == nil ? 503 : 408, at: loop.now)
        perform(actions, part, at: gateway)
        setTimer(of: gateway)
    }

    private func makeSubscribe(
        _ settings: GatewaySubscriptionSettings,
        at gateway: Gateway,
        _ expires: Int,
        _ flow: SIPFlow
    ) -> OutgoingRequest {
        let own = NameAddress(address(of: gateway))
        let uri = settings.namesAccount ? recordAddress(of: gateway) : gateway.configuration.proxy.withoutParameters
        var request = OutgoingRequest(.subscribe, uri: uri, from: own, to: own, flow: flow)
        request.headers = [
            SIPHeaderLine(.contact, contact(of: gateway).description), SIPHeaderLine(.event, settings.event),
            SIPHeaderLine(.expires, String(expires)),
        ]
        if let type = settings.accepts { request.headers.append(SIPHeaderLine(.accept, type)) }
        request.account = gateway.account
        return request
    }

    // MARK: - What is told

    /// A NOTIFY of a subscription of ours; false when it is of none.
    func receivedNotice(ofSubscription notice: SIPMessage, _ transaction: TransactionHandle) -> Bool {
        guard notice.toTag != nil, let (gateway, part) = subscriber(for: notice) else { return false }
        guard notice.eventPackage?.equalsIgnoringASCIICase(part.settings.event) == true else {
            respond(transaction, 489)
            return true
        }
        switch part.subscription.received(notice: notice, at: loop.now) {
        case .outOfOrder: respond(transaction, 500, reason: "CSeq Out of Order")
        case .inOrder(let actions):
            respond(transaction, 200)
            publishNotice(notice, part.settings.event, of: gateway)
            perform(actions, part, at: gateway)
            setTimer(of: gateway)
        }
        return true
    }

    /// The gateway whose Contact the NOTIFY is for, or any.
    private func subscriber(for notice: SIPMessage) -> (Gateway, GatewaySubscription)? {
        let named = gateway(calling: notice.requestURI).map { [$0] }
        for gateway in named ?? Array(gateways.values.lazy.filter { !$0.subscriptions.isEmpty }) {
            if let part = gateway.subscriptions.first(where: { $0.subscription.isMeant(by: notice) }) {
                return (gateway, part)
            }
        }
        return nil
    }

    private func publishNotice(_ notice: SIPMessage, _ event: String, of gateway: Gateway) {
        let softswitch = softswitch
        softswitch.events.publish(.notifyIn) {
            var told = softswitch.makeEvent(.notifyIn)
            told.add("event", event)
            told.add("pl_data", String(decoding: notice.body, as: UTF8.self))
            if let type = notice.first(.contentType) { told.add("sip_content_type", String(type).withoutControls) }
            told.add("port", String(configuration.listen.port))
            told.add("module_name", SofiaModule.name)
            told.add("profile_name", name)
            told.add("profile_uri", "sip:mod_sofia@\(advertisedEndpoint)")
            told.add("gateway_name", gateway.name)
            let information = notice.all(.callInfo)
            if !information.isEmpty { told.add("Call-Info", information.joined(separator: ",").withoutControls) }
            return told
        }
    }

    /// A NOTIFY about waiting messages that nobody has subscribed to: programs hear of it where the profile says so
    /// (`forward-unsolicited-mwi-notify`), from those whom its lists let in.
    func receivedWaitingMessages(_ notice: SIPMessage, over flow: SIPFlow) {
        guard configuration.forwardsWaitingMessages,
            configuration.inboundACLs.allSatisfy({ allows($0, flow.remote) != nil }),
            let user = notice.to.uri.plainUser, let state = notice.messagesWaiting
        else { return }
        let softswitch = softswitch
        softswitch.events.publish(.messageWaiting) {
            var told = softswitch.makeEvent(.messageWaiting)
            told.add("MWI-Messages-Waiting", state)
            told.add("MWI-Message-Account", "\(user)@\(notice.to.uri.hostText)".withoutControls)
            return told
        }
    }
}

extension SIPMessage {
    /// What Event names, without parameters.
    var eventPackage: String? {
        first(.event).map { value in String(value.prefix { $0 != ";" }.filter { !$0.isWhitespace }) }
    }

    /// `yes` or `no`, as a body about waiting messages begins (RFC 3842 §3.5).
    fileprivate var messagesWaiting: String? {
        let text = String(decoding: body, as: UTF8.self)
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "messages-waiting" else { continue }
            return parts[1].filter { !$0.isWhitespace }.withoutControls
        }
        return nil
    }
}
