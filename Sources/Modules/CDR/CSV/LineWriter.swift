import Base
import Glibc
import Logging
import NIOPosix
import Synchronization

/// A line for a file.
struct FileLine: Sendable {
    /// The file's name.
    let file: String
    /// The text without its end.
    let text: String
}

/// Adds lines to files, on a thread of its own: what comes while it writes goes in the next piece.
final class LineWriter: Sendable {
    /// What is done in the order in which it was asked for.
    private enum Item {
        case line(FileLine)
        case rotation(String)
    }

    private struct State {
        var items: [Item] = []
        var written: [@Sendable () -> Void] = []
        var isWriting = false
        var dropped = 0
    }

    /// How long a channel waits for its line at most.
    static let writeTimeout = Duration.seconds(10)

    private let directory: String
    private let capacity: Int
    private let isDurable: Bool
    private let logger: Logger
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let state = Mutex(State())

    init(directory: String, capacity: Int, isDurable: Bool, logger: Logger) {
        (self.directory, self.capacity) = (directory, capacity)
        (self.isDurable, self.logger) = (isDurable, logger)
    }

    func start() {
        thread.start()
    }

    /// Writes what is queued and ends.
    func stop() async {
        // The thread takes its work in order: when it has done this, it has done all that came before.
        try? await thread.runIfActive {}
        try? await thread.shutdownGracefully()
    }

    /// How many lines wait, and how many were not written.
    var counts: (queued: Int, dropped: Int) {
        state.withLock { ($0.items.count, $0.dropped) }
    }

    /// Queues lines; they are dropped and counted when too many wait.
    func enqueue(_ lines: [FileLine]) {
        let dropped: Int? = state.withLock { state in
            guard state.items.count + lines.count <= capacity else {
                state.dropped += lines.count
                return state.dropped
            }
            state.items += lines.map { .line($0) }
            return nil
        }
        if let dropped {
            logger.error("a line was dropped, the disk is too slow", metadata: ["dropped": "\(dropped)"])
        } else {
            writeSoon()
        }
    }

    /// Adds lines and returns when they are on the disk, or have been on their way there for too long.
    func write(_ lines: [FileLine], on loop: any Loop) async {
        let isWritten: Void? = await loop.answer(within: Self.writeTimeout) { written in
            state.withLock { state in
                state.items += lines.map { .line($0) }
                state.written.append { written(()) }
            }
            writeSoon()
        }
        if isWritten == nil { logger.error("a channel ends before its line is on the disk") }
    }

    /// Gives every file another name after what is queued, so that later lines begin new ones.
    func rotate(to stamp: String) {
        state.withLock { $0.items.append(.rotation(stamp)) }
        writeSoon()
    }

    /// How many files are rotated at most.
    static let fileLimit = 100_000

    private func writeSoon() {
        let begins = state.withLock { state in
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if begins { thread.submit { _ in self.writeAll() } }
    }

    private func writeAll() {
        while true {
            let (items, written) = state.withLock { state in
                let taken = (state.items, state.written)
                (state.items, state.written) = ([], [])
                state.isWriting = !taken.0.isEmpty || !taken.1.isEmpty
                return taken
            }
            if items.isEmpty, written.isEmpty { return }
            var pieces: [String: [UInt8]] = [:]
            for item in items {
                switch item {
                case .line(let line): pieces[line.file, default: []] += Array((line.text + "\n").utf8)
                case .rotation(let stamp):
                    write(&pieces)
                    renameAll(stamp)
                }
            }
            write(&pieces)
            for tell in written { tell() }
        }
    }

    private func write(_ pieces: inout [String: [UInt8]]) {
        for (file, piece) in pieces { write(piece, to: file) }
        pieces = [:]
    }

    private func renameAll(_ stamp: String) {
        for name in RecordFile.names(in: directory, suffix: ".csv", limit: Self.fileLimit) {
            let path = "\(directory)/\(name)"
            do throws(RecordFileError) {
                try RecordFile.moveAside(path, to: "\(path).\(stamp)")
            } catch {
                logger.error("a file was not rotated: \(error)")
            }
        }
    }

    private func write(_ piece: [UInt8], to file: String) {
        do throws(RecordFileError) {
            try RecordFile.extend("\(directory)/\(file)", with: piece, isDurable: isDurable)
        } catch {
            let count = piece.count { $0 == UInt8(ascii: "\n") }
            state.withLock { $0.dropped += count }
            logger.critical("lines cannot be written: \(error)", metadata: ["lines": "\(count)"])
        }
    }
}
