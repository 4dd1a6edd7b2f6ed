import Base
import Database
import DatabaseBalancer
import Logging
import SIP
import SwitchCore

/// The profile's registrations in a database.
extension Profile {
    /// Brings back what an earlier run has left, and keeps what comes.
    func startStorage() async {
        let store = await onLoop { profile in
            profile.store = profile.makeStore()
            return profile.store
        }
        await store?.start()
    }

    /// Where the registrations are kept: what `odbc-dsn` says, which nodes may share, or a file of this machine's.
    ///
    /// - Returns: `nil` where there is neither: then they are in memory alone.
    private func makeStore() -> RegistrationStore? {
        let directory = softswitch.directories.db
        let settings = configuration.registration
        guard settings.database != nil || LocalDirectory.isWritable(directory) else { return nil }
        let file = "sqlite://\(settings.databaseName ?? "sofia_reg_\(name)")"
        do throws(DatabaseError) {
            return try RegistrationStore(
                try DataSourceName(settings.database ?? file, directory: directory),
                host: softswitch.hostName,
                of: name,
                node: settings.database == nil ? nil : makeNode(),
                balancers: balancers,
                loop: loop,
                logger: logger,
                epoch: { [softswitch] in softswitch.wallClock() / 1_000_000 },
                RegistrationStore.Registrations(
                    all: { [weak self] in
                        await self?.onLoop { profile in profile.registrar.all.compactMap { profile.record(of: $0) } }
                            ?? []
                    },
                    restore: { [weak self] rows in await self?.onLoop { $0.restore(rows) } }
                )
            )
        } catch {
            logger.error("registrations are kept in memory alone: odbc-dsn: \(error)")
            return nil
        }
    }

    /// This node, as the others reach it.
    private func makeNode() -> ClusterNode {
        let kind = configuration.usualTransport
        var uri = SIPURI(host: SIPHost("\(configuration.listen.address)"), port: configuration.port(over: kind))
        uri.setTransport(kind)
        return ClusterNode(uri: configuration.registration.nodeURI ?? uri, secret: nodeSecret)
    }

    private func restore(_ rows: [DatabaseRow]) {
        let found = rows.compactMap { row in
            Registration(
                row,
                local: configuration.listen,
                margin: configuration.registration.expiryMargin,
                epoch: epoch,
                now: loop.now
            )
        }
        registrar.restore(found)
        setRegistrationTimer()
        guard !found.isEmpty else { return }
        // The database may only be back now, and whoever keeps a copy has looked.
        softswitch.changes.noteEverything()
        logger.notice("registrations of an earlier run", metadata: ["count": "\(found.count)"])
    }

    /// The seconds since 1970.
    var epoch: Int64 { softswitch.wallClock() / 1_000_000 }

    /// When a registration is forgotten, in seconds since 1970.
    private func expiry(of registration: Registration) -> Int64 {
        let left = (registration.forgottenAt - loop.now) / Duration.microseconds(1)
        return (softswitch.wallClock() + Int64(left)) / 1_000_000
    }

    private func record(of registration: Registration) -> RegistrationRecord? {
        let record = RegistrationRecord(registration, expires: expiry(of: registration))
        if record == nil {
            logger.info("too long a contact to be kept", metadata: ["user": "\(registration.user.asLogged)"])
        }
        return record
    }

    /// Has the database changed, too.
    func store(_ changes: [RegistrationChange]) {
        guard let store else { return }
        let isOnly = if case .replace = configuration.registration.multipleRegistrations { true } else { false }
        var records: [RegistrationRecord.Change] = []
        for change in changes {
            let isKept = change.kind == .added || change.kind == .refreshed
            if let replaced = change.replaced, replaced.storedContact != change.registration.storedContact,
                let record = record(of: replaced)
            {
                records.append(.init(kind: .removed, record: record, time: change.registration.registeredAt))
            }
            guard let record = record(of: change.registration) else { continue }
            records.append(
                .init(
                    kind: isKept ? .kept(isOnly: isOnly) : .removed,
                    record: record,
                    time: change.kind == .removed ? loop.now : record.registeredAt
                )
            )
        }
        store.note(records)
    }

    /// Has the rows of other nodes taken out when a phone leaves here that is registered with them alone.
    func noteDepartures(_ request: RegistrationRequest, _ changes: [RegistrationChange]) {
        guard let store, store.node != nil else { return }
        let message = request.message
        let isEverything = message.isContactStar
        let contacts =
            isEverything
            ? [NameAddress(message.to.uri)]
            : message.contacts.filter { contact in
                Registrar.lifetime(of: contact, in: message) == 0
                    && !changes.contains { $0.registration.contact.isEquivalent(to: contact.uri) }
            }
        let records = contacts.prefix(Self.departureLimit).compactMap { contact in
            record(
                of: Registrar.make(
                    contact,
                    request,
                    expires: 0,
                    isBehindNAT: Registrar.isBehindNAT(contact.uri, request.flow),
                    loop.now
                )
            )
        }
        store.note(records.map { .init(kind: isEverything ? .removedAll : .removed, record: $0, time: loop.now) })
    }

    /// How many contacts of one REGISTER other nodes hear of that they are gone.
    private static let departureLimit = 100

    // MARK: - Look-ups

    /// How a user's contacts here are called.
    func dialStringsHere(of user: String, domain: String) -> [String] {
        registrar.contacts(of: user, domain: domain).compactMap { dialString(of: $0) }
    }

    /// How a user's contacts are called, those with other nodes included.
    ///
    /// Of what two nodes have of one phone the newer counts, and what the database has no more counts no more.
    func dialStrings(of user: String, domain: String) async -> [String] {
        guard let store = await onLoop({ $0.store }) else {
            return await onLoop { $0.dialStringsHere(of: user, domain: domain) }
        }
        let known = await store.contacts(of: user, domain: domain)
        return await onLoop { $0.dialStrings(of: user, domain: domain, known) }
    }

    private func dialStrings(of user: String, domain: String, _ known: SharedContacts) -> [String] {
        let policy = configuration.registration.multipleRegistrations
        let here = registrar.contacts(of: user, domain: domain).filter { !hasLeft($0, known, policy) }
        let newest = here.filter { registration in
            !known.elsewhere.contains { contact in
                contact.isSamePhone(as: registration, policy) && isNewer(contact, than: registration, known, policy)
            }
        }
        let elsewhere = known.elsewhere.enumerated().filter { number, contact in
            let isHere = here.contains { registration in
                contact.isSamePhone(as: registration, policy) && !isNewer(contact, than: registration, known, policy)
            }
            return !isHere && !known.elsewhere[..<number].contains { $0.isSamePhone(as: contact, policy) }
        }
        // A phone of a node that says nothing counts, but there is no way to it: what it was before does not come back.
        let reachable = elsewhere.filter { $1.node == nil || store?.isSilent($1.host) != true }
        return newest.compactMap { dialString(of: $0) }
            + reachable.map { dialString(of: $0.element, user: user, domain: domain) }
    }

    /// Whether another node, or an operator, has taken a registration out of the database: the phone is not here any more.
    ///
    /// One of the last seconds counts all the same: the node of the database that was asked may not have it yet.
    private func hasLeft(
        _ registration: Registration,
        _ known: SharedContacts,
        _ policy: RegistrationSettings.MultipleRegistrations
    ) -> Bool {
        guard loop.now - registration.registeredAt >= Self.settlingTime, let here = known.here else { return false }
        return !here.contains { $0.isSamePhone(as: registration, policy) }
            && RegistrationRecord(registration, expires: 0) != nil
    }

    /// Which of two registrations of one phone counts, on all nodes alike.
    ///
    /// It is the one whose REGISTER was later. Where a row does not say when that was, the one that expires later. Of two of
    /// the same time the one whose row is there, or else the node's name decides.
    private func isNewer(
        _ contact: SharedContact,
        than registration: Registration,
        _ known: SharedContacts,
        _ policy: RegistrationSettings.MultipleRegistrations
    ) -> Bool {
        let row = known.here?.first { $0.isSamePhone(as: registration, policy) }
        if let age = contact.age {
            let own = self.age(of: registration, row)
            if age != own { return age < own }
        } else {
            let expires = expiry(of: registration)
            if contact.expires != expires { return contact.expires > expires }
        }
        return row == nil || contact.host > softswitch.hostName
    }

    /// How long ago a phone registered here, in milliseconds: as its row says, for all nodes alike, unless it is of an earlier
    /// REGISTER, since a node of the database may be behind.
    private func age(of registration: Registration, _ row: SharedContact?) -> Int64 {
        let known = (loop.now - registration.registeredAt).wholeMilliseconds
        guard let age = row?.age, age - known < Self.rowLatency else { return known }
        return age
    }

    /// How much later than a REGISTER its row may say that it was, in milliseconds.
    private static let rowLatency: Int64 = 1000

    /// How long what a phone has told this node counts, whatever the database says.
    private static let settlingTime = Duration.seconds(10)

    /// How many contacts of a user other nodes have, beside those of the phone that registers: for a phone that is new here,
    /// where the operator has set how many there may be.
    ///
    /// None when the database does not say: phones register without it.
    func contactsElsewhere(_ request: RegistrationRequest) async -> Int {
        let (settings, message) = (configuration.registration, request.message)
        let policy = settings.multipleRegistrations
        if case .replace = policy { return 0 }
        guard settings.hasMaximumForAllNodes, let store, store.node != nil, !message.isContactStar else { return 0 }
        let here = registrar.contacts(of: request.user, domain: request.domain)
        let isNew = message.contacts.contains { contact in
            Registrar.lifetime(of: contact, in: message) != 0
                && !here.contains { $0.callID == message.callID || $0.contact.isEquivalent(to: contact.uri) }
        }
        guard isNew else { return 0 }
        let known = await store.contacts(of: request.user, domain: request.domain)
        return known.elsewhere.count { contact in
            contact.callID != message.callID
                && !message.contacts.contains { $0.uri.withoutOwnParameters.isEquivalent(to: contact.uri) }
                && !here.contains { contact.isSamePhone(as: $0, policy) }
        }
    }

    /// How a contact with another node is called.
    func dialString(of contact: SharedContact, user: String, domain: String) -> String {
        let uri = "\(dialPrefix)\(contact.uri.inDialString)"
        guard let node = contact.node else {
            return uri + (contact.path.map { ";fs_path=\(PercentEncoding.encode(PercentEncoding.decode($0)))" } ?? "")
        }
        let owner = ContactOwner(host: contact.host, user: user, domain: domain)
        return "\(uri);fs_path=\(PercentEncoding.encode(node.uri.description))\(owner.parameters)"
    }
}
