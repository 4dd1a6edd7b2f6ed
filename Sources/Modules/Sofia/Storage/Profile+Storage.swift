import Base
import Database
import DatabaseBalancer
import Logging
import SIP
import SwitchCore
import Synchronization

/// The profile's registrations in a database.
extension Profile {
    /// Where the registrations are kept: what `odbc-dsn` says, which nodes may share, or a file of this machine's.
    ///
    /// - Returns: `nil` where there is neither: then they are in memory alone.
    private func makeStore() -> RegistrationStore? {
        let directory = softswitch.directories.db
        let settings = configuration.registration
        do throws(DatabaseError) {
            let dsn: DataSourceName
            if let text = settings.database {
                dsn = try DataSourceName(text, directory: directory)
            } else {
                guard LocalDirectory.isWritable(directory) else { return nil }
                let file = "sqlite://\(settings.databaseName ?? "sofia_reg_\(name)")"
                dsn = try DataSourceName(file, directory: directory)
            }
            return try RegistrationStore(
                dsn,
                balancers,
                host: softswitch.hostName,
                profile: name,
                node: settings.database == nil ? nil : makeNode(),
                loop: loop,
                logger: logger
            ) { [weak self] in
                await self?.onLoop { profile in profile.registrar.all.map { profile.record(of: $0) } } ?? []
            }
        } catch {
            logger.error("registrations are kept in memory alone: odbc-dsn: \(error)")
            return nil
        }
    }

    /// This node, as the others reach it.
    private func makeNode() -> ClusterNode {
        var uri = SIPURI(host: SIPHost("\(configuration.listen.address)"), port: configuration.listen.port)
        if !configuration.transports.contains(.udp) { uri.setTransport(.tcp) }
        return ClusterNode(uri: uri, secret: nodeSecret)
    }

    /// Brings back what an earlier run has left, and keeps what comes.
    func startStorage() async {
        guard let store = await onLoop({ $0.makeStore() }) else { return }
        let (epoch, now) = (epoch, loop.now)
        let margin = configuration.registration.expiryMargin
        let local = configuration.listen
        let found = Mutex<[Registration]>([])
        await store.start(at: epoch) { row in
            guard let known = Registration(row, local: local, margin: margin, epoch: epoch, now: now) else { return }
            found.withLock { $0.append(known) }
        }
        let restored = found.withLock { $0 }
        await onLoop { profile in
            profile.store = store
            profile.registrar.restore(restored)
            profile.setRegistrationTimer()
        }
        if !restored.isEmpty {
            logger.notice("registrations of an earlier run", metadata: ["count": "\(restored.count)"])
        }
    }

    /// The seconds since 1970.
    var epoch: Int64 { softswitch.wallClock() / 1_000_000 }

    private func record(of registration: Registration) -> RegistrationRecord {
        let left = (registration.forgottenAt - loop.now).wholeMilliseconds / 1000
        return RegistrationRecord(registration, expires: epoch + Int64(left))
    }

    /// Has the database changed, too.
    func store(_ changes: [RegistrationChange]) {
        guard let store else { return }
        let isOnly = if case .replace = configuration.registration.multipleRegistrations { true } else { false }
        var records: [RegistrationRecord.Change] = []
        for change in changes {
            let isKept = change.kind == .added || change.kind == .refreshed
            if let replaced = change.replaced, replaced.contactText != change.registration.contactText {
                records.append(.init(kind: .removed, record: record(of: replaced)))
            }
            let kind: RegistrationRecord.Change.Kind = isKept ? .kept(isOnly: isOnly) : .removed
            records.append(.init(kind: kind, record: record(of: change.registration)))
        }
        store.note(records)
    }

    // MARK: - Look-ups

    /// How a user's contacts are called, those with other nodes included.
    func dialStrings(of user: String, domain: String) async -> [String] {
        let store = await onLoop { $0.store }
        let shared = await store?.contacts(of: user, domain: domain, at: epoch)
        return await onLoop { profile in
            // A phone that has gone to another node is no longer here, whatever it told us.
            let here = profile.registrar.contacts(of: user, domain: domain).filter { registration in
                shared?.own?.contains(registration.contactText) ?? true
            }
            let elsewhere = shared?.elsewhere.map { profile.dialString(of: $0, user: user, domain: domain) } ?? []
            return here.compactMap { profile.dialString(of: $0) } + elsewhere
        }
    }

    private func dialString(of contact: SharedContacts.Contact, user: String, domain: String) -> String {
        guard let node = contact.node else { return dialPrefix + contact.uri.inDialString }
        let owner = ContactOwner(host: contact.host, user: user, domain: domain)
        return "\(dialPrefix)\(contact.uri.withoutOwnParameters.inDialString)"
            + ";fs_path=\(PercentEncoding.encode(node.uri.description))\(owner.parameters)"
    }
}
