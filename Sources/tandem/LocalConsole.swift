import Console
import EventSocket
import Glibc
import Logs
import NIOPosix

/// The console of a switch that runs in the foreground of a terminal: `tandem cli` without the way to it.
///
/// While it is there, the log goes through it, so that no line of it breaks the one that is being typed.
final class LocalConsole: Sendable {
    private let door: ConsoleDoor
    private let terminal: TerminalLog
    private let thread = NIOThreadPool(numberOfThreads: 1)

    init(door: ConsoleDoor, terminal: TerminalLog) {
        (self.door, self.terminal) = (door, terminal)
    }

    /// Whether somebody can sit at one: it needs a terminal on both sides, and the right to read from it.
    static var isPossible: Bool {
        isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 && tcgetpgrp(STDIN_FILENO) == getpgrp()
    }

    /// Serves the operator until he leaves or the door is shut.
    func run() async {
        // In the background, the terminal is the shell's: reading from it shall fail, and not stop the calls.
        for name in [SIGTTIN, SIGTTOU] { signal(name, SIG_IGN) }
        thread.start()
        var wasLost = false
        while let descriptor = await door.enter() {
            if wasLost { print("The console is back.") }
            // It ends by itself where the event socket is loaded anew.
            wasLost = await converse(over: descriptor) == .lost
            guard !wasLost else { continue }
            print("The console is closed and the switch goes on. Ctrl-C ends it; tandem cli is another console.")
            break
        }
        try? await thread.shutdownGracefully()
    }

    private enum Farewell {
        case left, lost
    }

    private func converse(over descriptor: Int32) async -> Farewell {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            close(descriptor)
            return .left
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let (log, writer, terminal) = (ends[0], ends[1], terminal)
        // A log that is written elsewhere stays there.
        if isatty(STDERR_FILENO) == 1 { await terminal.redirect(to: writer) }
        let farewell = try? await thread.runIfActive {
            let client = ConsoleClient(attachedTo: descriptor, log: log, LocalConsole.options)
            let farewell = client.run() == .done ? Farewell.left : .lost
            // What is still on its way is shown until nothing can come any more.
            Task {
                await terminal.redirect(to: nil)
                close(writer)
            }
            client.showRest()
            return farewell
        }
        return farewell ?? .left
    }

    private static var options: ConsoleClient.Options {
        var options = ConsoleClient.Options()
        options.profile.host = LocalAddresses.hostName()
        options.profile.logLevel = nil
        options.historyFile = ConsoleCommand.historyFile
        return options
    }
}
