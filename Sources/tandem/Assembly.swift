import Balancing
import Base
import Commands
import DatabaseBalancer
import EventSocket
import Glibc
import Logging
import Logs
import MediaEngine
import NIOCore
import NIOPosix
import SIPTransport
import SwitchCore
import XMLConfig

/// Puts a switch together from what the command line says.
struct Assembly {
    let directories: Directories
    let localAddress: IPAddress
    let allowsExec: Bool
    let loopCount: Int
    let logger: Logger
    let log: LogOutputs
    let terminal: TerminalLog
    let door: ConsoleDoor

    /// The parts that the program holds on to.
    struct Parts {
        let softswitch: Switch
        let group: MultiThreadedEventLoopGroup
        let pools: [NIOThreadPool]
        let reloader: Reloader
        let balancers: Balancers
        /// Whether the program begins anew after its end.
        let rebirth: Rebirth
    }

    func make() async throws -> Parts {
        for directory in directories.writable { try LocalDirectory.make(directory, mode: 0o755) }
        let registry = makeRegistry()
        try registry.reload()
        let configuration = try await readSwitchConfiguration(registry)
        if let name = configuration.switchName { registry.globals["switchname"] = name }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loopCount)
        // More than the peers of a few profiles may keep busy with slow names of their own.
        let resolver = NIOThreadPool(numberOfThreads: 8)
        resolver.start()
        let reloading = NIOThreadPool(numberOfThreads: 1)
        reloading.start()
        let loops = group.makeIterator().map { NIOLoop($0) }
        guard let first = loops.first else { throw AssemblyError(description: "there is no event loop") }
        var media = MediaEngineConfiguration()
        media.ports = configuration.rtpPorts
        log.limit = configuration.logLevel.logLevel ?? .critical
        let transport = NIOSIPTransport(resolverThreads: resolver)
        let reloader = Reloader(threads: reloading)
        let rebirth = Rebirth()
        let balancers = makeBalancers(registry)
        let softswitch = Switch(
            version: Tandem.version,
            directories: directories,
            configuration: configuration,
            xml: registry,
            media: try MediaEngine(configuration: media),
            loops: LoopGroup(first, Array(loops.dropFirst())),
            catalogue: StandardModules.catalogue(
                transport: transport,
                terminal: terminal,
                door: door,
                control: control(reloader, rebirth),
                balancers: balancers
            ),
            logger: logger,
            log: log,
            clock: Self.microseconds
        )
        reloader.softswitch = softswitch
        softswitch.accessLists = await AccessControlLists.load(
            from: registry,
            localNetworks: LocalAddresses.networks()
        )
        return Parts(
            softswitch: softswitch,
            group: group,
            pools: [resolver, reloading],
            reloader: reloader,
            balancers: balancers,
            rebirth: rebirth
        )
    }

    private func control(_ reloader: Reloader, _ rebirth: Rebirth) -> ProgramControl {
        ProgramControl(
            reload: { await reloader.reload() },
            end: { ending in
                if ending == .restart { rebirth.ask() }
                // As `kill` does it: whoever waits for signals ends everything in good order.
                kill(getpid(), SIGTERM)
            },
            allowsShell: allowsExec
        )
    }

    private func makeRegistry() -> XMLRegistry {
        let builtIn = BuiltInVariables.all(
            directories: directories,
            hostName: LocalAddresses.hostName(),
            localAddress: localAddress,
            localAddressV6: LocalAddresses.primary(.v6)
        )
        var options = PreprocessorOptions()
        options.allowsCommands = allowsExec
        options.publicAddress = { PublicAddress.ask($0, port: $1).map { "\($0.address)" } }
        let source = FileConfigurationSource(
            path: directories.conf + "/freeswitch.xml",
            logDirectory: directories.log,
            options: options
        )
        return XMLRegistry(source: source, globals: GlobalVariables(builtIn)) { [logger] diagnostic in
            logger.log(level: diagnostic.severity == .error ? .error : .notice, "\(diagnostic)")
        }
    }

    private func makeBalancers(_ registry: XMLRegistry) -> Balancers {
        var logger = logger
        logger[metadataKey: "module"] = "mod_balancer"
        return Balancers(directory: directories.db) {
            BalancerModule.configuration(of: registry).map { BalancerConfiguration(xml: $0).balancers } ?? []
        } report: { [logger] isBad, text in
            logger.log(level: isBad ? .warning : .notice, "\(text)")
        }
    }

    private func readSwitchConfiguration(_ registry: XMLRegistry) async throws -> SwitchConfiguration {
        guard let xml = await registry.configuration(named: "switch.conf") else { return SwitchConfiguration() }
        var diagnostics: [Diagnostic] = []
        let configuration = try SwitchConfiguration(xml: xml, diagnostics: &diagnostics)
        for diagnostic in diagnostics where diagnostic.severity > .note { logger.warning("\(diagnostic)") }
        return configuration
    }

    /// The time of the machine, in microseconds since 1970.
    static func microseconds() -> Int64 { MachineClock.wall.nanoseconds / 1000 }
}

/// Why the switch cannot be put together.
struct AssemblyError: Error, CustomStringConvertible {
    let description: String
}
