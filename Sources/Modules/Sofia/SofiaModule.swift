import Base
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

    private let softswitch: Switch
    private let transport: any SIPTransport
    private let seed: UInt64?
    private let profiles = Mutex<[Profile]>([])

    /// A module whose profiles use `transport`: the network's, or a simulated one.
    ///
    /// - Parameter seed: Decides tags, branches and Call-IDs in a simulation; unguessable ones when `nil`.
    public init(_ softswitch: Switch, transport: any SIPTransport, seed: UInt64? = nil) {
        (self.softswitch, self.transport, self.seed) = (softswitch, transport, seed)
    }

    /// Starts the profiles of `sofia.conf` and registers what the module offers.
    public func start() async throws {
        guard let configuration = await softswitch.xml.configuration(named: "sofia.conf") else {
            throw SofiaError(description: "there is no sofia.conf")
        }
        if let list = configuration.first("profiles") {
            for node in list.children(named: "profile") { try await startProfile(node) }
        }
        softswitch.endpoints.register(SofiaEndpoint(module: self), as: "sofia")
        for command in SofiaCommands.all(self) { softswitch.commands.register(command, as: command.name) }
        softswitch.registrations.register({ [weak self] in await self?.registrationListings() ?? [] }, as: Self.name)
        for (key, metric) in SofiaMetrics.all(self) { softswitch.metrics.register(metric, as: key) }
    }

    private func startProfile(_ node: XMLNode) async throws {
        let address = softswitch.xml.globals["local_ip_v4"].flatMap { IPAddress($0) } ?? .loopbackV4
        var diagnostics: [Diagnostic] = []
        let configuration = try ProfileConfiguration(
            xml: node,
            defaultAddress: address,
            version: softswitch.version,
            diagnostics: &diagnostics
        )
        for diagnostic in diagnostics where diagnostic.severity >= .warning {
            softswitch.logger.warning("\(diagnostic)")
        }
        let profile = Profile(
            configuration,
            softswitch: softswitch,
            loop: softswitch.loops.next(),
            transport: transport,
            secrets: makeSecrets(configuration.name)
        )
        try await profile.start()
        profiles.withLock { $0.append(profile) }
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
        let all = profiles.withLock { profiles in
            defer { profiles = [] }
            return profiles
        }
        for profile in all { await profile.stop() }
    }

    /// The running profiles in the order of the configuration.
    var allProfiles: [Profile] { profiles.withLock { $0 } }

    /// A profile by its name or one of its aliases.
    func profile(named name: String) -> Profile? {
        allProfiles.first { $0.name == name } ?? allProfiles.first { $0.configuration.aliases.contains(name) }
    }

    /// The dial strings of a user's registered contacts, the newest first.
    func contacts(of user: String, domain: String?, in profile: Profile) async -> [String] {
        let fallback = softswitch.xml.globals["domain"] ?? softswitch.xml.globals["local_ip_v4"] ?? ""
        return await profile.onLoop { profile in
            profile.registrar.contacts(of: user, domain: domain ?? fallback).compactMap { registration in
                Self.dialString(registration, profile: profile)
            }
        }
    }

    /// Every registration of every profile, for `show registrations`.
    private func registrationListings() async -> [RegistrationListing] {
        let now = softswitch.wallClock() / 1_000_000
        var listings: [RegistrationListing] = []
        for profile in allProfiles {
            listings += await profile.onLoop { profile in
                profile.registrar.all.compactMap { registration in
                    guard let url = Self.dialString(registration, profile: profile) else { return nil }
                    let left = (registration.expiresAt - profile.loop.now).wholeMilliseconds / 1000
                    return RegistrationListing(
                        user: registration.user,
                        realm: registration.domain,
                        token: registration.callID,
                        url: url,
                        expires: now + Int64(left),
                        networkAddress: "\(registration.flow.remote.address)",
                        networkPort: String(registration.flow.remote.port),
                        networkProtocol: registration.flow.transport.viaName.lowercased()
                    )
                }
            }
        }
        return listings
    }

    /// How a contact is called; `nil` when its phone cannot be reached.
    private static func dialString(_ registration: Registration, profile: Profile) -> String? {
        var uri = registration.contact
        // Where requests go is not for the phone to say.
        uri.parameters = SIPParameters(uri.parameters.entries.filter { !$0.name.isOwnParameter })
        let flow = registration.flow
        let isStream = flow.transport != .udp
        uri.setTransport(flow.transport)
        let isConnected = isStream && profile.listener?.isOpen(flow) == true
        // Without the connection of its registration a phone may listen at its contact, but not behind a NAT.
        if registration.isBehindNAT, isStream, !isConnected { return nil }
        guard registration.isBehindNAT || isConnected else { return "sofia/\(profile.name)/\(uri.inDialString)" }
        // The phone is only reached where its registration came from, or is best reached there.
        var hop = "sip:\(flow.remote)"
        if isStream { hop += ";transport=\(flow.transport.uriName)" }
        return "sofia/\(profile.name)/\(uri.inDialString);fs_nat=yes;fs_path=\(PercentEncoding.encode(hop))"
    }
}

/// Why the module cannot start.
struct SofiaError: Error, CustomStringConvertible {
    let description: String
}
