import Base
import Logging
import SwitchCore
import Synchronization
import XMLConfig

/// The profiles that run, and what those that do not have left behind.
struct SofiaProfiles {
    /// What `sofia tracelevel` and `sofia global siptrace` have said, for profiles that begin later.
    var tracing: (level: LogLevel?, isOn: Bool?) = (nil, nil)
    /// In the order of the configuration, or in which they were started later.
    private(set) var running: [Profile] = []
    private var registrars: [String: Registrar] = [:]
    private var beginning: Set<String> = []
    /// The names in the order in which their profiles first began.
    private var order: [String] = []
    private var isStopped = false

    /// How many profiles' registrations are kept for a later start, and how many names have a place of their own.
    private static let (registrarLimit, orderLimit) = (64, 1024)

    /// Puts a profile in where one of its name stood before; false when there are to be none any more.
    mutating func insert(_ profile: Profile) -> Bool {
        guard !isStopped else { return false }
        if !order.contains(profile.name), order.count < Self.orderLimit { order.append(profile.name) }
        let place = order.firstIndex(of: profile.name) ?? order.count
        let earlier = order.prefix(place)
        running.insert(profile, at: running.count { earlier.contains($0.name) })
        return true
    }

    /// Takes a profile out; false when somebody else has.
    mutating func take(_ profile: Profile) -> Bool {
        guard let place = running.firstIndex(where: { $0 === profile }) else { return false }
        running.remove(at: place)
        return true
    }

    /// Takes all out, and lets no others in.
    mutating func takeAll() -> [Profile] {
        defer { (running, isStopped) = ([], true) }
        return running
    }

    /// Keeps the registrations of a profile that has ended.
    mutating func keep(_ registrar: Registrar, of name: String) {
        guard registrars.count < Self.registrarLimit else { return }
        registrars[name] = registrar
    }

    /// The registrations that are kept for a profile, until it has begun.
    func registrar(of name: String) -> Registrar? { registrars[name] }

    /// Notes that a profile is about to begin; false when it runs, or somebody else is beginning it.
    mutating func begin(_ name: String) -> Bool {
        !running.contains { $0.name == name } && beginning.insert(name).inserted
    }

    mutating func hasBegun(_ name: String) {
        beginning.remove(name)
        if running.contains(where: { $0.name == name }) { registrars[name] = nil }
    }
}

/// `sofia profile … start`, `stop` and `restart`.
extension SofiaModule {
    /// Starts a profile that the configuration has, or reads its gateways anew when it runs.
    ///
    /// - Returns: Whether it runs then.
    func startProfile(named name: String) async -> Bool {
        if let profile = allProfiles.first(where: { $0.name == name }) { return await rescan(profile) }
        guard profiles.withLock({ $0.begin(name) }) else { return false }
        defer { profiles.withLock { $0.hasBegun(name) } }
        guard let node = await element(of: name) else { return false }
        do {
            try await startProfile(node)
            return true
        } catch {
            softswitch.logger.error("a profile does not start", metadata: ["profile": "\(name)", "why": "\(error)"])
            return false
        }
    }

    /// Ends a profile and its calls; its registrations count again when it is started.
    ///
    /// - Returns: Whether it had not ended already.
    @discardableResult
    func stopProfile(_ profile: Profile) async -> Bool {
        guard profiles.withLock({ $0.take(profile) }) else { return false }
        // Nobody is registered with it from now on, for whoever keeps a copy.
        softswitch.changes.noteEverything()
        await profile.stop(.managerRequest)
        let registrar = await profile.onLoop { $0.giveRegistrar() }
        profiles.withLock { $0.keep(registrar, of: profile.name) }
        return true
    }

    /// Ends a profile and starts it as the configuration has it now.
    func restartProfile(_ profile: Profile) async {
        guard await stopProfile(profile) else { return }
        _ = await startProfile(named: profile.name)
    }
}
