import Base
import Logging
import SwitchCore
import Synchronization
import XMLConfig

/// The profiles that run, and what those that do not have left behind.
struct SofiaProfiles {
    /// What `sofia tracelevel` and `sofia global siptrace` have said, for profiles that begin later.
    var tracing: (level: LogLevel?, isOn: Bool?) = (nil, nil)
    /// In the order of the configuration.
    private(set) var running: [Profile] = []
    private var registrars: [String: Registrar] = [:]
    private var beginning: Set<String> = []

    /// How many profiles' registrations are kept for a later start.
    private static let registrarLimit = 64

    mutating func insert(_ profile: Profile, at place: Int?) {
        running.insert(profile, at: min(place ?? running.count, running.count))
    }

    /// Takes a profile out, unless somebody else has.
    ///
    /// - Returns: Where it stood.
    mutating func take(_ profile: Profile) -> Int? {
        guard let place = running.firstIndex(where: { $0 === profile }) else { return nil }
        running.remove(at: place)
        return place
    }

    mutating func takeAll() -> [Profile] {
        defer { running = [] }
        return running
    }

    /// Keeps the registrations of a profile that has ended.
    mutating func keep(_ registrar: Registrar, of name: String) {
        guard registrars.count < Self.registrarLimit else { return }
        registrars[name] = registrar
    }

    mutating func takeRegistrar(of name: String) -> Registrar? {
        registrars.removeValue(forKey: name)
    }

    /// Notes that a profile is about to begin; false when it runs, or somebody else is beginning it.
    mutating func begin(_ name: String) -> Bool {
        !running.contains { $0.name == name } && beginning.insert(name).inserted
    }

    mutating func hasBegun(_ name: String) {
        beginning.remove(name)
    }
}

/// `sofia profile … start`, `stop` and `restart`.
extension SofiaModule {
    /// Starts a profile that the configuration has, or reads its gateways anew when it runs.
    ///
    /// - Returns: Whether it runs then.
    func startProfile(named name: String, at place: Int? = nil) async -> Bool {
        if let profile = allProfiles.first(where: { $0.name == name }) { return await rescan(profile) }
        guard profiles.withLock({ $0.begin(name) }) else { return false }
        defer { profiles.withLock { $0.hasBegun(name) } }
        guard let node = await element(of: name) else { return false }
        do {
            try await startProfile(node, at: place)
            return true
        } catch {
            softswitch.logger.error("a profile does not start", metadata: ["profile": "\(name)", "why": "\(error)"])
            return false
        }
    }

    /// Ends a profile and its calls; its registrations count again when it is started.
    ///
    /// - Returns: Where it stood among the others; `nil` when it had ended already.
    @discardableResult
    func stopProfile(_ profile: Profile) async -> Int? {
        guard let place = profiles.withLock({ $0.take(profile) }) else { return nil }
        await profile.stop(.managerRequest)
        let registrar = await profile.onLoop { $0.giveRegistrar() }
        profiles.withLock { $0.keep(registrar, of: profile.name) }
        return place
    }

    /// Ends a profile and starts it as the configuration has it now.
    func restartProfile(_ profile: Profile) async {
        guard let place = await stopProfile(profile) else { return }
        _ = await startProfile(named: profile.name, at: place)
    }
}
