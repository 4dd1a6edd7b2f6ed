import Base
import FileSync
import Logging
public import SwitchCore
import Synchronization
import XMLConfig

/// `mod_file_sync`: the same files on several nodes, as part of the switch.
public final class FileSyncModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_file_sync"
    /// The commands that it registers.
    public static let commandNames = ["file_sync"]

    private let softswitch: Switch
    private let logger: Logger
    private let running = Mutex<Running?>(nil)

    private struct Running: Sendable {
        var service: FileSyncService
        var recordings: RecordingFollower
        var reaction: ChangeReaction
    }

    /// The module for a switch.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
        var logger = softswitch.logger
        logger[metadataKey: "module"] = "\(Self.name)"
        self.logger = logger
    }

    /// Reads `file_sync.conf`, and begins to keep its folders the same.
    public func start() async throws {
        let configuration = try await readConfiguration()
        let reaction = ChangeReaction(softswitch, logger: logger)
        reaction.commands = Self.commands(configuration)
        let tell: @Sendable (FileSyncEvent) -> Void = { [softswitch] event in
            Self.publish(event, softswitch)
            reaction.take(event)
        }
        let service = try FileSyncService(configuration, logger: logger, tell: tell)
        do {
            try await service.start()
        } catch {
            await service.stop()
            throw error
        }
        let recordings = RecordingFollower(softswitch, service)
        recordings.start()
        running.withLock { $0 = Running(service: service, recordings: recordings, reaction: reaction) }
        softswitch.commands.register(command, as: "file_sync")
        for metric in FileSyncMetrics.all({ [weak self] in await self?.status() }) {
            softswitch.metrics.register(metric, as: metric.name)
        }
    }

    private static func commands(_ configuration: FileSyncConfiguration) -> [String: String] {
        var commands: [String: String] = [:]
        for folder in configuration.folders { commands[folder.name] = folder.onChange }
        return commands
    }

    /// Does what a changed `file_sync.conf` says.
    public func reload() async throws {
        guard let running = running.withLock({ $0 }) else { return }
        let configuration = try await readConfiguration()
        running.reaction.commands = Self.commands(configuration)
        await running.service.reload(configuration)
    }

    /// Ends; what is known of the folders is stored.
    public func stop() async {
        softswitch.commands.remove("file_sync")
        for metric in FileSyncMetrics.all({ nil }) { softswitch.metrics.remove(metric.name) }
        let old = running.withLock { running in
            defer { running = nil }
            return running
        }
        old?.recordings.stop()
        await old?.service.stop()
    }

    private func readConfiguration() async throws -> FileSyncConfiguration {
        guard let xml = await softswitch.xml.configuration(named: FileSyncConfiguration.name) else {
            throw ConfigurationError("there is no \(FileSyncConfiguration.name)", at: nil)
        }
        var diagnostics: [Diagnostic] = []
        let node = softswitch.xml.globals["switchname"] ?? ""
        let configuration = try FileSyncConfiguration(xml: xml, node: node, diagnostics: &diagnostics)
        for diagnostic in diagnostics where diagnostic.severity >= .warning { logger.warning("\(diagnostic)") }
        return configuration
    }

    private func status() async -> FileSyncStatus? { await running.withLock { $0?.service }?.status() }

    // MARK: - Events and the command

    private static func publish(_ event: FileSyncEvent, _ softswitch: Switch) {
        softswitch.events.publish(.custom) {
            var told = softswitch.makeEvent(.custom, subclass: "file_sync::\(event.kind.rawValue)")
            told.add("File-Sync-Folder", event.folder)
            told.add("File-Sync-Root", event.root)
            // As logs have it: a name with a line end would be another header.
            if let path = event.path { told.add("File-Sync-Path", "\(path)") }
            if !event.detail.isEmpty { told.add("File-Sync-Detail", event.detail) }
            return told
        }
    }

    private var command: APICommand {
        APICommand(
            "file_sync",
            syntax: FileSyncService.usage,
            summary: "Says how folders are kept the same, and changes it."
        ) { [weak self] _, text in
            guard let service = self?.running.withLock({ $0?.service }) else { return "-ERR not loaded\n" }
            let answer = await service.command(text)
            return answer.isDone ? answer.text : "-ERR \(answer.text)"
        }
    }
}
