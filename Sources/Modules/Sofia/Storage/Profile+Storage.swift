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
        var uri = SIPURI(host: SIPHost("\(configuration.listen.address)"), port: configuration.listen.port)
        if !configuration.transports.contains(.udp) { uri.setTransport(.tcp) }
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
        if !found.isEmpty { logger.notice("registrations of an earlier run", metadata: ["count": "\(found.count)"]) }
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
                records.append(.init(kind: .removed, record: record))
            }
            guard let record = record(of: change.registration) else { continue }
            records.append(.init(kind: isKept ? .kept(isOnly: isOnly) : .removed, record: record))
        }
        store.note(records)
    }

    // MARK: - Look-ups

    /// How a user's contacts here are called.
    func dialStringsHere(of user: String, domain: String) -> [String] {
        registrar.contacts(of: user, domain: domain).compactMap { dialString(of: $0) }
    }

    /// How a user's contacts are called, those with other nodes included.
    ///
    /// Of what two nodes have of one phone the newer counts.
    func dialStrings(of user: String, domain: String) async -> [String] {
        guard let store = await onLoop({ $0.store }) else {
            return await onLoop { $0.dialStringsHere(of: user, domain: domain) }
        }
        let shared = await store.contacts(of: user, domain: domain)
        return await onLoop { profile in
            let policy = profile.configuration.registration.multipleRegistrations
            let here = profile.registrar.contacts(of: user, domain: domain)
            let newest = here.filter { registration in
                let expires = profile.expiry(of: registration)
                // Whoever wrote last has taken the other's row away: of two that are equal, the one that is there.
                return !shared.contains { $0.isSamePhone(as: registration, policy) && $0.expires >= expires }
            }
            let elsewhere = shared.enumerated().filter { number, contact in
                let isHere = here.contains { registration in
                    contact.isSamePhone(as: registration, policy) && contact.expires < profile.expiry(of: registration)
                }
                return !isHere && !shared[..<number].contains { $0.isSamePhone(as: contact, policy) }
            }
            return newest.compactMap { profile.dialString(of: $0) }
                + elsewhere.map { profile.dialString(of: $0.element, user: user, domain: domain) }
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
