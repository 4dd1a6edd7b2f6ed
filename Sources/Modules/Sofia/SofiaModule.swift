import Base
public import DatabaseBalancer
import Logging
import SIP
public import SIPTransport
public import SwitchCore
import Synchronization
import XMLConfig

/// `mod_sofia`: SIP profiles, registrations and calls.
public final class SofiaModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_sofia"

    let softswitch: Switch
    private let transport: any SIPTransport
    private let seed: UInt64?
    private let balancers: Balancers
    private let peerLookUps = Turnstile(limit: HostLookUps.peerLimit)
    let profiles = Mutex(SofiaProfiles())
    private let certificates: EventWatch
    private let programs: EventWatch
    /// How many requests of programs wait to be sent; what is beyond is lost.
    private static let programLimit = 1000

    /// A module whose profiles use `transport`: the network's, or a simulated one.
    ///
    /// - Parameters:
    ///   - balancers: Where the databases of registrations may be.
    ///   - seed: Decides tags, branches and Call-IDs in a simulation; unguessable ones when `nil`.
    public init(
        _ softswitch: Switch,
        transport: any SIPTransport,
        balancers: Balancers = .none,
        seed: UInt64? = nil
    ) {
        (self.softswitch, self.transport, self.balancers, self.seed) = (softswitch, transport, balancers, seed)
        certificates = EventWatch(softswitch)
        programs = EventWatch(softswitch, queueLimit: Self.programLimit)
    }

    /// Starts the profiles of `sofia.conf` and registers what the module offers.
    public func start() async throws {
        let origin = LookUpOrigin("sofia.c", "config_sofia")
        let found = await softswitch.xml.configuration(named: "sofia.conf", parameters: origin.parameters)
        guard let configuration = found else {
            throw SofiaError(description: "there is no sofia.conf")
        }
        if let list = configuration.first("profiles") {
            for node in list.children(named: "profile") { try await startProfile(node) }
        }
        certificates.start([.certReload]) { [weak self] _ in
            for profile in self?.allProfiles ?? [] { await profile.reloadCertificates() }
        }
        softswitch.endpoints.register(SofiaEndpoint(module: self), as: "sofia")
        softswitch.chats.register(SofiaChat(module: self), as: SofiaChat.name)
        for command in SofiaCommands.all(self) { softswitch.commands.register(command, as: command.name) }
        softswitch.registrations.register({ [weak self] in await self?.registrationListings() ?? [] }, as: Self.name)
        // What the profiles have brought back could not be listed before.
        softswitch.changes.noteEverything()
        let check = ReadinessCheck { [weak self] in
            self?.allProfiles.isEmpty == false ? nil : "no profile is running"
        }
        softswitch.readiness.register(check, as: "sofia")
        softswitch.paths.probes.register({ [weak self] in await self?.connectionRoundTrips() ?? [] }, as: "connections")
        softswitch.paths.contactProbes.register({ [weak self] in await self?.probeContacts($0, of: $1) }, as: Self.name)
        programs.start([.notify, .sendMessage, .sendInfo], on: softswitch.loops.next()) { [weak self] events in
            for event in events { await self?.carryOut(event) }
        }
        for (key, metric) in SofiaMetrics.all(self) { softswitch.metrics.register(metric, as: key) }
    }

    /// Starts the profile of an element of `sofia.conf`.
    func startProfile(_ node: XMLNode) async throws {
        let address = softswitch.xml.globals["local_ip_v4"].flatMap { IPAddress($0) } ?? .loopbackV4
        var diagnostics: [Diagnostic] = []
        var configuration = try ProfileConfiguration(
            xml: node,
            defaultAddress: address,
            version: softswitch.version,
            diagnostics: &diagnostics
        )
        let lists = await GatewayLists(of: node, in: softswitch, askedBy: "launch_sofia_worker_thread")
        configuration.aliases += lists.aliases
        let gateways = lists.configurations(&diagnostics)
        report(diagnostics)
        let profile = Profile(
            configuration,
            softswitch: softswitch,
            loop: softswitch.loops.next(),
            transport: transport,
            peerLookUps: peerLookUps,
            balancers: balancers,
            secrets: makeSecrets(configuration.name)
        )
        let (registrar, tracing) = profiles.withLock { ($0.registrar(of: profile.name), $0.tracing) }
        await profile.onLoop { profile in
            if let registrar { profile.registrar.adopt(registrar) }
            if let level = tracing.level { profile.tracing.level = level }
            if let isOn = tracing.isOn { profile.tracing.isOn = isOn }
        }
        try await profile.start()
        guard profiles.withLock({ $0.insert(profile) }) else {
            await profile.stop(.systemShutdown)
            throw SofiaError(description: "the module has been stopped")
        }
        softswitch.changes.noteEverything()
        await profile.onLoop { profile in
            profile.setRegistrationTimer()
            profile.load(gateways)
            profile.publish("sofia::profile_start") {
                [
                    ("module_name", Self.name), ("profile_name", profile.name),
                    ("profile_uri", "sip:mod_sofia@\(profile.advertisedEndpoint)"),
                ]
            }
        }
    }

    private func report(_ diagnostics: [Diagnostic]) {
        for diagnostic in diagnostics where diagnostic.severity >= .warning {
            softswitch.logger.warning("\(diagnostic)")
        }
    }

    /// Reads the gateways of a profile anew.
    ///
    /// - Returns: Whether the configuration has the profile.
    func rescan(_ profile: Profile) async -> Bool {
        guard let node = await element(of: profile.name) else { return false }
        var diagnostics: [Diagnostic] = []
        let lists = await GatewayLists(of: node, in: softswitch, askedBy: "config_sofia")
        let gateways = lists.configurations(&diagnostics)
        report(diagnostics)
        await profile.onLoop { $0.load(gateways) }
        return true
    }

    /// The element of a profile as the configuration has it now.
    func element(of profile: String) async -> XMLNode? {
        let origin = LookUpOrigin("sofia.c", "config_sofia")
        let found = await softswitch.xml.configuration(
            named: "sofia.conf",
            parameters: origin.parameters + [("profile", profile), ("reconfig", "true")]
        )
        return found?.first("profiles")?.firstChild(named: "profile", where: "name", equals: profile)
    }

    private func makeSecrets(_ profile: String) -> ProfileSecrets {
        if let seed {
            // Different for each profile of a simulation, and the same in each of its runs.
            var generator = SeededGenerator(seed: profile.utf8.reduce(seed) { $0 &* 31 &+ UInt64($1) })
            return ProfileSecrets(using: &generator)
        }
        var generator = SystemRandomNumberGenerator()
        return ProfileSecrets(using: &generator)
    }

    /// Ends all calls and closes all sockets.
    public func stop() async {
        programs.stop()
        certificates.stop()
        let all = profiles.withLock { $0.takeAll() }
        for profile in all { await profile.stop(.systemShutdown) }
    }

    /// The running profiles in the order of the configuration.
    var allProfiles: [Profile] { profiles.withLock { $0.running } }

    /// A profile by its name or one of its aliases.
    func profile(named name: String) -> Profile? {
        allProfiles.first { $0.name == name } ?? allProfiles.first { $0.configuration.aliases.contains(name) }
    }

    /// The profile that has a gateway.
    func profile(with reference: GatewayReference) async -> Profile? {
        let profiles = reference.profile.map { name in [profile(named: name)].compactMap { $0 } } ?? allProfiles
        for profile in profiles where await profile.onLoop({ $0.gateway(named: reference.name) != nil }) {
            return profile
        }
        return nil
    }

    /// Does something with a gateway, on its profile's loop; `nil` when there is no such gateway.
    func withGateway<Value: Sendable>(
        _ reference: GatewayReference,
        _ work: @escaping @Sendable (Profile, Gateway) -> Value
    ) async -> Value? {
        guard let profile = await profile(with: reference) else { return nil }
        return await profile.onLoop { profile in profile.gateway(named: reference.name).map { work(profile, $0) } }
    }

    /// The dial strings of a user's registered contacts, the newest first.
    func contacts(of user: String, domain: String?, in profile: Profile) async -> [String] {
        let fallback = softswitch.xml.globals["domain"] ?? softswitch.xml.globals["local_ip_v4"] ?? ""
        return await profile.dialStrings(of: user, domain: domain ?? fallback)
    }

    /// What the kernel knows of the connections of every profile.
    private func connectionRoundTrips() async -> [PathObservations.RoundTrip] {
        var all: [PathObservations.RoundTrip] = []
        for profile in allProfiles { all += await profile.connectionRoundTrips() }
        return all
    }

    /// Asks some of the registered phones whether they are there.
    private func probeContacts(_ part: Int, of parts: Int) async {
        for profile in allProfiles { await profile.probeContacts(part, of: parts) }
    }

    /// Every registration of every profile, for `show registrations`.
    private func registrationListings() async -> [RegistrationListing] {
        var listings: [RegistrationListing] = []
        for profile in allProfiles {
            listings += await profile.onLoop { profile in profile.registrar.all.compactMap { profile.listing(of: $0) } }
        }
        return listings
    }
}

/// Why the module cannot start.
struct SofiaError: Error, CustomStringConvertible {
    let description: String
}
