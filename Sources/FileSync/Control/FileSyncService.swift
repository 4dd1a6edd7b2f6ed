import Base
import FileReplication
public import Logging
import NIOCore
import Synchronization

/// Keeps folders the same on this node and its peers: folders, connections and commands of one configuration.
public final class FileSyncService: Sendable {
    struct Running: Sendable {
        var plan: FolderPlan
        var folder: SyncFolder
        var isHalted = false
        var counts = FileSyncStatus.Counts()
    }

    struct State {
        var configuration: FileSyncConfiguration
        var fingerprint: Fingerprint
        var folders: [String: Running] = [:]
        var failed: [String: String] = [:]
        var hub: PeerHub?
        var tls: PeerTLS?
        var control: ControlSocket?
        /// Where it listens to peers now.
        var listening: PeerAddress?
        var isStopped = false
    }

    let state: Mutex<State>
    let logger: Logger
    private let clock: @Sendable () -> WeekTime
    private let tell: @Sendable (FileSyncEvent) -> Void
    /// Changes of the configuration.
    private let changes = SerialTasks<Void>()
    /// Held while the hub is told of a plan, so that it ends with the newest one.
    private let telling = Mutex<Void>(())

    /// A service that does nothing yet.
    ///
    /// - Parameters:
    ///   - clock: The time of the week, for limits with hours.
    ///   - tell: Is told what happens, on threads of the folders', and must not wait.
    public init(
        _ configuration: FileSyncConfiguration,
        logger: Logger,
        clock: @escaping @Sendable () -> WeekTime = { .now() },
        tell: @escaping @Sendable (FileSyncEvent) -> Void = { _ in }
    ) throws(NodeIdentity.Fault) {
        let identity = try NodeIdentity(path: configuration.certificate)
        if identity.isReadable { logger.warning("everybody may read \(configuration.certificate), with its key") }
        let tls = try PeerTLS(identity, authority: configuration.authority)
        state = Mutex(State(configuration: configuration, fingerprint: identity.fingerprint, tls: tls))
        (self.logger, self.clock, self.tell) = (logger, clock, tell)
    }

    // MARK: - Life

    /// Starts the folders, listens and calls the peers.
    ///
    /// A folder that cannot be started is told of, and the others go on.
    ///
    /// - Throws: When it cannot listen, to peers or to commands.
    public func start() async throws {
        let configuration = state.withLock { $0.configuration }
        for plan in configuration.folders { await begin(plan, configuration) }
        guard let plan = hubPlan() else { return }
        let hub = PeerHub(plan, logger: logger, clock: clock) { [weak self] name in
            self?.state.withLock { $0.folders[name]?.folder }
        }
        state.withLock { $0.hub = hub }
        // Before peers hear of this node: another process that has the socket may be it.
        if let path = configuration.controlSocket { try await control(at: path) }
        if let address = configuration.listen { try await listen(at: address, hub) }
        hub.start()
        logger.notice("file sync runs as \(configuration.node), \(state.withLock { $0.fingerprint })")
    }

    private func listen(at address: PeerAddress, _ hub: PeerHub) async throws {
        try await hub.listen(at: address)
        state.withLock { $0.listening = address }
    }

    private func control(at path: String) async throws {
        let control = ControlSocket(path: path) { [weak self] command in
            await self?.command(command) ?? .failed("it ends")
        }
        do {
            try await control.start()
        } catch {
            await control.stop()
            throw error
        }
        state.withLock { $0.control = control }
    }

    /// Ends everything; what is known is stored.
    public func stop() async {
        state.withLock { $0.isStopped = true }
        await changes.finish()
        let (control, hub) = state.withLock { ($0.control, $0.hub) }
        await control?.stop()
        await hub?.stop()
        let folders = state.withLock { state in
            defer { state.folders = [:] }
            return state.folders.values.map(\.folder)
        }
        for folder in folders { await folder.stop() }
    }

    // MARK: - Folders

    private func begin(_ plan: FolderPlan, _ configuration: FileSyncConfiguration) async {
        do throws(SyncFolder.Failure) {
            let folder = SyncFolder(
                name: plan.name,
                root: plan.path,
                settings: plan.settings(configuration.members(of: plan)),
                own: configuration.node.id,
                indexDirectory: configuration.indexDirectory
            ) { [weak self] event in self?.happened(event, plan.name, plan.path) }
            try await folder.start()
            state.withLock { state in
                state.folders[plan.name] = Running(plan: plan, folder: folder)
                state.failed[plan.name] = nil
            }
        } catch {
            logger.error("folder \(plan.name) is not synchronized: \(error)")
            state.withLock { $0.failed[plan.name] = error.description }
        }
    }

    private func end(_ names: [String]) async {
        guard !names.isEmpty else { return }
        let folders = state.withLock { state in names.compactMap { state.folders.removeValue(forKey: $0)?.folder } }
        // Connections are made anew without them: those that stayed would go on with them, though others have their names.
        applyToHub()
        for folder in folders { await folder.stop() }
    }

    private func happened(_ event: FolderEvent, _ folder: String, _ root: String) {
        let told = FileSyncEvent(event, folder: folder, root: root) { id in
            state.withLock { $0.configuration.peers.first { $0.name.id == id }?.name.text } ?? "an unknown node"
        }
        state.withLock { $0.folders[folder]?.counts.count(told.kind) }
        logger.log(level: told.kind.isAlarming ? .warning : .debug, "\(told.line)")
        if case .halted(let isHalted) = event {
            state.withLock { $0.folders[folder]?.isHalted = isHalted }
            applyToHub()
        }
        tell(told)
    }

    // MARK: - The configuration

    /// Does what a changed configuration says; one change after the other.
    ///
    /// Folders and peers that are as before are not touched, and limits change without a break. Connections to peers that
    /// have other folders than before are made anew.
    public func reload(_ configuration: FileSyncConfiguration) async {
        await changes.run { await self.change(to: configuration) }
    }

    private func change(to new: FileSyncConfiguration) async {
        let (old, isStopped) = state.withLock { ($0.configuration, $0.isStopped) }
        guard !isStopped else { return }
        guard new.node == old.node, new.indexDirectory == old.indexDirectory else {
            return logger.error("node-name and index-dir change with a restart only; everything stays as it was")
        }
        readCertificates(new)
        state.withLock { state in
            state.configuration = new
            state.failed = [:]
        }
        let running = state.withLock { $0.folders }
        let ended = running.filter { name, known in
            !new.folders.contains { $0.name == name && $0.path == known.plan.path }
        }
        await end(Array(ended.keys))
        for plan in new.folders {
            guard let known = state.withLock({ $0.folders[plan.name] }) else {
                await begin(plan, new)
                continue
            }
            // A folder that is told something new looks at all its files; limits are not its business.
            var before = known.plan
            before.peers = plan.peers
            if before != plan || old.members(of: known.plan) != new.members(of: plan) {
                known.folder.reconfigure(plan.settings(new.members(of: plan)))
            }
            state.withLock { $0.folders[plan.name]?.plan = plan }
        }
        applyToHub()
        await moveListeners(to: new)
    }

    private func readCertificates(_ new: FileSyncConfiguration) {
        do throws(NodeIdentity.Fault) {
            let identity = try NodeIdentity(path: new.certificate)
            let tls = try PeerTLS(identity, authority: new.authority)
            state.withLock { ($0.tls, $0.fingerprint) = (tls, identity.fingerprint) }
        } catch {
            logger.error("the certificates stay as they were: \(error)")
        }
    }

    /// Listens where the configuration says; what could not be done is tried again with the next change.
    private func moveListeners(to new: FileSyncConfiguration) async {
        let (hub, listening, control) = state.withLock { ($0.hub, $0.listening, $0.control) }
        if let hub, listening != new.listen {
            await hub.stopListening()
            state.withLock { $0.listening = nil }
            if let address = new.listen { await told { try await listen(at: address, hub) } }
        }
        guard control?.path != new.controlSocket else { return }
        await control?.stop()
        state.withLock { $0.control = nil }
        if let path = new.controlSocket { await told { try await self.control(at: path) } }
    }

    private func told(_ body: () async throws -> Void) async {
        do { try await body() } catch { logger.error("\(error)") }
    }

    /// What the peers may have: the folders that are at work.
    private func hubPlan() -> PeerHub.Plan? {
        state.withLock { state in
            guard let tls = state.tls else { return nil }
            let grants = state.configuration.peers.map { peer in
                var folders: [String: [RateLimit]] = [:]
                for (name, running) in state.folders where !running.isHalted {
                    if let limits = running.plan.peers[peer.name] { folders[name] = limits }
                }
                return PeerHub.Grant(peer: peer, folders: folders)
            }
            return PeerHub.Plan(node: state.configuration.node, tls: tls, peers: grants)
        }
    }

    private func applyToHub() {
        telling.withLock { _ in
            guard let hub = state.withLock({ $0.hub }), let plan = hubPlan() else { return }
            hub.apply(plan)
        }
    }

    // MARK: - Writers in this program

    /// A file of this machine is being written, and has become longer.
    public func grew(file: String) {
        for folder in allFolders { if let path = folder.path(of: file) { folder.grew(path) } }
    }

    /// A file of this machine was closed that was written.
    public func closed(file: String) {
        for folder in allFolders { if let path = folder.path(of: file) { folder.closed(path) } }
    }

    var allFolders: [SyncFolder] { state.withLock { $0.folders.values.map(\.folder) } }
}

extension FileSyncStatus.Counts {
    mutating func count(_ kind: FileSyncEvent.Kind) {
        switch kind {
        case .finished: finished += 1
        case .removed: removed += 1
        case .conflict: conflicts += 1
        case .failed: failures += 1
        default: break
        }
    }
}
