import Base
import SIP
import SIPTransport
import SwitchCore

/// What the signalling tells of the paths to peers, while somebody wants to know.
extension Profile {
    /// Over UDP a request that takes so long was sent again (T1 of RFC 3261 §17.1.1.1): which of both was answered cannot
    /// be told any more.
    private static let repetition = Duration.milliseconds(500)
    /// Nothing that answers by itself takes longer.
    private static let longest = Duration.seconds(5)

    /// A peer has answered at once to what was sent at that time.
    func noteRoundTrip(since sent: MonotonicInstant, over flow: SIPFlow?) {
        guard softswitch.paths.isWatched, let flow else { return }
        let elapsed = loop.now - sent
        guard elapsed >= .zero, elapsed < (flow.transport.isReliable ? Self.longest : Self.repetition) else { return }
        let milliseconds = Double(elapsed.wholeNanoseconds) / 1_000_000
        softswitch.paths.note(PathObservations.RoundTrip(flow.remote.address, milliseconds: milliseconds))
    }

    /// A REGISTER may be the first answer to a challenge of ours, which phones give as soon as they have it.
    func noteAnswer(toChallenge message: SIPMessage, over flow: SIPFlow) {
        guard softswitch.paths.isWatched,
            let credentials = message.first(.authorization).flatMap({ DigestCredentials(parsing: $0) }),
            credentials.nonceCount ?? 1 == 1, let issued = verifier.issueTime(of: credentials)
        else { return }
        noteRoundTrip(since: issued, over: flow)
    }

    /// A REGISTER was carried out: who sent it has looked the domain up before, unless it is an address.
    func noteArrival(_ message: SIPMessage, over flow: SIPFlow) {
        let domain = message.to.uri.hostText
        guard softswitch.paths.isWatched, IPAddress(domain) == nil else { return }
        softswitch.paths.note(PathObservations.Arrival(name: domain, address: flow.remote.address))
    }

    /// What the kernel knows of connections to peers.
    func connectionRoundTrips() async -> [PathObservations.RoundTrip] {
        guard let listener = await onLoop({ $0.listener }) else { return [] }
        return await listener.measureConnections().map { measure in
            PathObservations.RoundTrip(measure.remote, milliseconds: measure.milliseconds, loss: measure.loss)
        }
    }

    /// Asks phones whether they are there (OPTIONS), for what it tells of the paths to them: those that are registered here,
    /// and those of other nodes that are reached from everywhere, for these may be in other data centers.
    ///
    /// - Parameter part: Which of the parts that the phones are divided into; with the first one a turn begins.
    func probeContacts(_ part: Int, of parts: Int) async {
        guard parts > 0 else { return }
        if part == 0 { await choosePhonesElsewhere() }
        let own = await onLoop { profile in
            let mine = profile.registrar.contacts(inPart: part, of: parts).map { ($0.contact, $0.flow) }
            return (mine + profile.phonesElsewhere(inPart: part, of: parts), profile.advertisedEndpoint)
        }
        let (contacts, endpoint) = own
        guard let from = SIPURI("sip:\(SIPHost("\(endpoint.address)").text)") else { return }
        for (contact, flow) in contacts {
            await onLoop { $0.probe(contact, over: flow, from: NameAddress(from)) }
        }
    }

    /// Those that come after the ones of the last turn; after the last of all, from the beginning.
    private func choosePhonesElsewhere() async {
        let (store, last) = await onLoop { ($0.store, $0.probedElsewhere.last?.text) }
        guard let store else { return }
        var chosen = await store.reachableContacts(after: last ?? "", limit: Self.turnLimit)
        if chosen.isEmpty, last != nil { chosen = await store.reachableContacts(after: "", limit: Self.turnLimit) }
        let found = chosen
        await onLoop { $0.probedElsewhere = found }
    }

    /// Phones of other nodes, with the way to them: by their addresses, for nobody is to look up names for this.
    private func phonesElsewhere(inPart part: Int, of parts: Int) -> [(SIPURI, SIPFlow)] {
        // Those that do not answer must leave room for those that are registered here.
        let room = max(Self.probeLimit / 2 - probesUnderWay, 0)
        let contacts = stride(from: part, to: probedElsewhere.count, by: parts).map { probedElsewhere[$0].uri }
        return contacts.prefix(room).compactMap { contact in
            guard case .address(let address) = contact.host, address.family == configuration.listen.address.family
            else { return nil }
            let phone = IPEndpoint(address, port: contact.port ?? SIPTransportKind.udp.defaultPort)
            return listener?.flow(to: phone, over: .udp).map { (contact, $0) }
        }
    }

    private func probe(_ contact: SIPURI, over flow: SIPFlow, from: NameAddress) {
        guard listener?.isOpen(flow) == true, probesUnderWay < Self.probeLimit else { return }
        probesUnderWay += 1
        var to = contact
        (to.parameters, to.headers) = ([:], [])
        let sent = loop.now
        let request = OutgoingRequest(.options, uri: contact, from: from, to: NameAddress(to), flow: flow)
        let handle = userAgent.send(request, at: sent)
        pendingRequests[handle] = { [weak self] response in
            guard let self else { return }
            probesUnderWay -= 1
            if response != nil { noteRoundTrip(since: sent, over: flow) }
        }
        drain()
    }

    /// How many questions may be without an answer.
    private static let probeLimit = 500
    /// How many phones of other nodes are asked in one turn.
    private static let turnLimit = 1000
}
