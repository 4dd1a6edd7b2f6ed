import Logging
import MediaEngine
public import SwitchCore
public import XMLConfig

/// `mod_local_stream`: sounds that all who listen hear at the same place, such as music for those on hold.
public final class LocalStreamModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_local_stream"
    private static let scheme = "local_stream"

    private let softswitch: Switch
    private let logger: Logger
    private let streams: LocalStreams

    /// The module for a switch.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
        var logger = softswitch.logger
        logger[metadataKey: "module"] = "mod_local_stream"
        self.logger = logger
        streams = LocalStreams(softswitch.media.audio, sounds: softswitch.directories.sounds, logger: logger)
    }

    /// Every command of the module, for a check of a configuration.
    public static var commandNames: [String] { LocalStreamCommands.names }

    /// Reads `local_stream.conf` and lets its streams be heard.
    public func start() async throws {
        streams.apply(await settings())
        softswitch.media.audio.register(streams, as: Self.scheme)
        let commands = LocalStreamCommands(streams) { [weak self] name in
            await self?.settings().first { $0.name == name }
        }
        for command in commands.all { softswitch.commands.register(command, as: command.name) }
        softswitch.metrics.register(
            Metric("local_stream_listeners", .gauge, "Those who listen to local streams.") { [streams] in
                streams.all.reduce(0) { $0 + $1.sound.listenerCount }
            },
            as: "local streams"
        )
    }

    /// Goes on with the streams of a changed `local_stream.conf`.
    public func reload() async throws {
        streams.apply(await settings())
    }

    /// Ends all streams.
    public func stop() async {
        softswitch.media.audio.register(nil, as: Self.scheme)
        streams.stopAll()
    }

    private func settings() async -> [StreamSettings] {
        guard let xml = await softswitch.xml.configuration(named: "local_stream.conf") else {
            logger.warning("there is no local_stream.conf")
            return []
        }
        let (settings, diagnostics) = LocalStreamCheck.read(xml)
        for diagnostic in diagnostics where diagnostic.severity >= .warning { logger.warning("\(diagnostic)") }
        return settings
    }
}

/// What a check of a configuration finds in `local_stream.conf`.
public enum LocalStreamCheck {
    /// The configurations that it reads.
    public static let configurations = ["local_stream.conf"]

    /// What there is to say about a configuration.
    public static func diagnostics(for node: XMLNode) -> [Diagnostic] { read(node).diagnostics }

    /// The streams; one that is not written as it should be is left out.
    static func read(_ node: XMLNode) -> (settings: [StreamSettings], diagnostics: [Diagnostic]) {
        var settings: [StreamSettings] = []
        var diagnostics: [Diagnostic] = []
        for directory in node.children(named: "directory").prefix(LocalStreams.limit) {
            do throws(ConfigurationError) {
                settings.append(try StreamSettings(directory, diagnostics: &diagnostics))
            } catch {
                diagnostics += error.diagnostics
            }
        }
        return (settings, diagnostics)
    }
}
