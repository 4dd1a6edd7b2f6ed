import Base
import FileSync
import Logging
import SwitchCore
import Synchronization

/// Has the switch do something when files have come: one command, a while after the last one.
final class ChangeReaction: Sendable {
    /// How long nothing has to come: a reload in the middle of many files would be one too many.
    static let quiet = Duration.seconds(1)

    private struct State {
        var commands: [String: String] = [:]
        var timers: [String: any LoopTimer] = [:]
    }

    private let softswitch: Switch
    private let logger: Logger
    private let state = Mutex(State())

    init(_ softswitch: Switch, logger: Logger) {
        (self.softswitch, self.logger) = (softswitch, logger)
    }

    /// What is done for which folder.
    var commands: [String: String] {
        get { state.withLock { $0.commands } }
        set { state.withLock { $0.commands = newValue } }
    }

    /// Something happened in a folder.
    func take(_ event: FileSyncEvent) {
        guard event.kind == .finished || event.kind == .removed, commands[event.folder] != nil else { return }
        let loop = softswitch.loops.first
        let timer = loop.schedule(at: loop.now + Self.quiet) { [weak self] in self?.react(event.folder) }
        let old = state.withLock { state in
            defer { state.timers[event.folder] = timer }
            return state.timers[event.folder]
        }
        old?.cancel()
    }

    private func react(_ folder: String) {
        let command = state.withLock { state in
            state.timers[folder] = nil
            return state.commands[folder]
        }
        guard let command else { return }
        Task { [softswitch, logger] in
            let answer = await softswitch.execute(command: command)
            logger.info("files of \(folder) have come", metadata: ["command": "\(command)", "answer": "\(answer)"])
        }
    }
}
