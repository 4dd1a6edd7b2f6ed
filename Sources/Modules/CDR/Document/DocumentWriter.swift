import Base
import Logging
import NIOPosix
import SwitchCore
import Synchronization

/// Renders records and writes them, on threads of its own: a call never waits for the disk unless it was told to.
final class DocumentWriter: Sendable {
    private struct State {
        var queued = 0
        var dropped = 0
        var rotation: String?
        var drained: AsyncStream<Void>.Continuation?
    }

    /// Two, so that one that waits for the disk does not hold up all others.
    static let threadCount = 2
    /// How long a channel waits for its record at most.
    static let writeTimeout = Duration.seconds(10)

    let settings: DocumentSettings
    /// Takes the records to the collector, when there is one.
    let courier: Courier?
    private let logger: Logger
    private let threads: NIOThreadPool
    private let state: Mutex<State>

    /// A writer that takes records at once; ``start()`` lets them go to the collector.
    init(_ settings: DocumentSettings, courier: Courier?, logger: Logger, rotation: String?) {
        (self.settings, self.courier, self.logger) = (settings, courier, logger)
        threads = NIOThreadPool(numberOfThreads: Self.threadCount)
        state = Mutex(State(rotation: rotation))
        threads.start()
    }

    /// Begins to send.
    func start() async {
        await courier?.start()
    }

    /// Writes what is queued and ends; what is not delivered waits in the spool.
    func stop() async {
        await drain()
        try? await threads.shutdownGracefully()
        await courier?.stop()
    }

    /// Waits until nothing is queued: a pool that shuts down does not wait for what it has not begun.
    private func drain() async {
        let (drained, continuation) = AsyncStream.makeStream(of: Void.self)
        state.withLock { state in
            state.drained = continuation
            if state.queued == 0 { continuation.finish() }
        }
        for await _ in drained {}
    }

    /// How many records wait to be written, and how many were not written because too many did.
    var counts: (queued: Int, dropped: Int) {
        state.withLock { ($0.queued, $0.dropped) }
    }

    /// Files go to this directory from now on, below the configured one.
    func rotate(to name: String) {
        if settings.rotates { state.withLock { $0.rotation = name } }
    }

    /// Queues a record; it is dropped and counted when too many wait.
    func enqueue(_ record: CallRecord) {
        let (isAccepted, dropped) = state.withLock { state in
            guard state.queued < settings.queueCapacity else {
                state.dropped += 1
                return (false, state.dropped)
            }
            state.queued += 1
            return (true, state.dropped)
        }
        guard isAccepted else {
            logger.error(
                "a record was dropped, the disk is too slow",
                metadata: ["record": "\(record.id)", "dropped": "\(dropped)"]
            )
            return
        }
        run(record) {}
    }

    /// Writes a record and returns when it is on the disk, or has been on its way there for too long.
    ///
    /// Nothing is dropped here: as many wait as there are channels that end.
    func write(_ record: CallRecord, on loop: any Loop) async {
        state.withLock { $0.queued += 1 }
        let isWritten: Void? = await loop.answer(within: Self.writeTimeout) { written in
            run(record) { written(()) }
        }
        if isWritten == nil {
            logger.error("a channel ends before its record is on the disk", metadata: ["record": "\(record.id)"])
        }
    }

    private func run(_ record: CallRecord, then completion: @escaping @Sendable () -> Void) {
        // A pool that is shutting down still calls this, and the record is written all the same.
        threads.submit { _ in
            self.writeNow(record)
            self.state.withLock { state in
                state.queued -= 1
                if state.queued == 0 { state.drained?.finish() }
            }
            completion()
        }
    }

    private func writeNow(_ record: CallRecord) {
        let document = Array(text(of: record).utf8)
        let name = settings.name(of: record) + settings.format.suffix
        let isPosted = courier != nil
        if !isPosted || settings.writesDelivered, let directory = directory(for: record) {
            keep(document, name, in: directory)
        }
        guard let courier else { return }
        var parcel = Parcel(name: name)
        do throws(RecordFileError) {
            try RecordFile.write(document, to: "\(settings.spool)/\(name)", isDurable: settings.isDurable)
        } catch {
            logger.error("a record is sent without being in the spool: \(error)")
            parcel.document = document
        }
        Task { [parcel] in await courier.add(parcel) }
    }

    /// The document of a record.
    func text(of record: CallRecord) -> String {
        switch settings.format {
        case .xml: record.xml()
        case .json: record.json(encodesValues: settings.encodesValues)
        }
    }

    private func directory(for record: CallRecord) -> String? {
        if let own = record.variables[settings.format.directoryVariable], own.hasPrefix("/") { return own }
        guard let directory = settings.directory else { return nil }
        return state.withLock { $0.rotation }.map { "\(directory)/\($0)" } ?? directory
    }

    /// Writes the file, or writes it where failed records go.
    private func keep(_ document: [UInt8], _ name: String, in directory: String) {
        for place in [directory, settings.errorDirectory] {
            do throws(RecordFileError) {
                return try RecordFile.write(document, to: "\(place)/\(name)", isDurable: settings.isDurable)
            } catch {
                logger.critical("a record cannot be written: \(error)", metadata: ["record": "\(name)"])
            }
        }
        state.withLock { $0.dropped += 1 }
    }
}
