import ArgumentParser
import Base
import CoreDatabase
import DatabaseBalancer
import EventSocket
import Glibc
import Logging
import Logs
import MediaEngine
import NIOCore
import NIOPosix
import SwitchCore
import UnixSignals
import XMLConfig

/// `tandem run`: the switch in the foreground with everything that `conf/` enables.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs the switch in the foreground."
    )

    @OptionGroup var directoryOptions: DirectoryOptions

    @Option(help: "The address that $${local_ip_v4} stands for; found by itself otherwise.")
    var ip: String?

    @Flag(help: "Lets configuration files run shell commands (exec and exec-set).")
    var allowExec = false

    @Option(help: "How many loops calls are spread over.")
    var loops = 1

    @Flag(
        name: [.customLong("no-console"), .customLong("nc"), .customLong("nc", withSingleDash: true)],
        help: "No console, even where the switch runs in the foreground of a terminal."
    )
    var noConsole = false

    @Option(help: "debug, info, notice, warning, err or crit, until switch.conf says otherwise.")
    var logLevel = "info"

    func run() async throws {
        Heap.configure()
        let directories = directoryOptions.directories
        guard let address = ip.map({ IPAddress($0) }) ?? LocalAddresses.primary(.v4) else {
            throw ValidationError("--ip is not an IP address")
        }
        guard let level = LogLevel(logLevel) else { throw ValidationError("--log-level is not a log level") }
        let outputs = LogOutputs()
        let terminal = TerminalLog(outputs, level: level)
        let logger = Logger(label: "tandem") { _ in OutputsLogHandler(outputs, clock: Assembly.microseconds) }
        let door = ConsoleDoor()
        let password = try LocalPassword.makeIfMissing(in: directories.conf)
        let assembly = Assembly(
            directories: directories,
            localAddress: address,
            allowsExec: allowExec,
            loopCount: max(loops, 1),
            logger: logger,
            log: outputs,
            terminal: terminal,
            door: door
        )
        let parts = try await assembly.make()
        let signals = await UnixSignalsSequence(trapping: .sighup, .sigterm, .sigint, .sigusr1)
        let coreDatabase = try await CoreDatabase.start(for: parts.softswitch, parts.balancers)
        try await parts.softswitch.modules.loadAll(into: parts.softswitch)
        Greeting.print(parts.softswitch.xml.globals, password: password, conf: directories.conf)
        parts.softswitch.events.publish(.startup) { parts.softswitch.makeEvent(.startup) }
        await parts.softswitch.runStartupCommand()
        let heartbeat = Heartbeat(parts.softswitch)
        heartbeat.start()
        async let console: Void = converse(through: door, terminal)
        await serve(signals, parts)
        heartbeat.stop()
        door.shut()
        await stop(parts, coreDatabase)
        // It gives the terminal back as it found it.
        await console
        await terminal.stop()
        guard parts.rebirth.isWanted else { return }
        throw RestartFailure(code: Rebirth.begin())
    }

    /// Why the program did not begin anew.
    private struct RestartFailure: Error, CustomStringConvertible {
        let code: Int32

        var description: String { "cannot begin anew: \(String(cString: strerror(code)))" }
    }

    private func converse(through door: ConsoleDoor, _ terminal: TerminalLog) async {
        guard !noConsole, LocalConsole.isPossible else { return }
        await LocalConsole(door: door, terminal: terminal).run()
    }

    private func serve(_ signals: UnixSignalsSequence, _ parts: Assembly.Parts) async {
        for await signal in signals {
            switch signal {
            case .sighup:
                _ = await parts.reloader.reload()
                publishTrap("HUP", parts.softswitch)
            case .sigusr1: await StatusFile.write(parts.softswitch)
            default:
                parts.softswitch.logger.notice("stopping")
                return
            }
        }
    }

    /// Tells the modules of a signal: `HUP` is when logs are rotated.
    private func publishTrap(_ signal: String, _ softswitch: Switch) {
        softswitch.events.publish(.trap) {
            var event = softswitch.makeEvent(.trap)
            event.add("Trapped-Signal", signal)
            return event
        }
    }

    /// How long the calls may take to end and to be recorded, when the program ends.
    private static let farewell = Duration.seconds(5)

    private func stop(_ parts: Assembly.Parts, _ coreDatabase: CoreDatabase?) async {
        let softswitch = parts.softswitch
        softswitch.sessions.close()
        softswitch.events.publish(.shutdown) { softswitch.makeEvent(.shutdown) }
        for session in softswitch.sessions.all { session.requestHangUp(.systemShutdown) }
        await softswitch.sessions.waitUntilEmpty(timeout: Self.farewell, on: softswitch.loops.first)
        await softswitch.modules.stopAll()
        await coreDatabase?.stop()
        await parts.balancers.close()
        await softswitch.media.shutdown()
        for pool in parts.pools { try? await pool.shutdownGracefully() }
        try? await parts.group.shutdownGracefully()
    }
}
