import Logging

/// A record on its way to the collector.
struct Parcel: Sendable {
    /// The record's file in the spool.
    let name: String
    /// The document, when it could not be written to the spool.
    var document: [UInt8]?
}

/// Brings the records of a spool directory to the collector, and tries again later what nobody took.
///
/// A record is a file in the spool from before the first try until the collector has taken it, so none is lost with the
/// program. While the collector is away one record at a time knocks at its door, after a pause that grows.
actor Courier {
    /// Where the records go.
    struct Route: Sendable {
        /// The spool: records that wait.
        let spool: String
        /// Records that the collector refused, or that nobody took when there are no later tries.
        let refused: String
        /// What the names of records end with.
        let suffix: String
        /// The first pause when nobody takes records; `nil` for no later tries.
        let pause: Duration?
        /// The longest pause.
        let longestPause: Duration
    }

    /// How many records are sent at the same time.
    static let concurrency = 8
    /// How many waiting records are known by name at most; the rest is found in the spool again.
    static let waitingLimit = 10_000

    private let route: Route
    private let collector: Collector
    private let logger: Logger
    private var waiting: [Parcel] = []
    private var sending: [String: Task<Void, Never>] = [:]
    private var isRunning = false
    private var isOver = false
    private var leavesSomeInSpool = false
    private var url = 0
    private var pause: Duration?
    private var pausing: Task<Void, Never>?
    /// Whether the last record was not taken: then one alone is sent.
    private var isProbing = false
    /// How many records were lost because neither the collector nor the disk took them.
    private(set) var lost = 0

    init(_ route: Route, collector: Collector, logger: Logger) {
        (self.route, self.collector, self.logger) = (route, collector, logger)
    }

    /// How many records wait or are being sent, as far as they are known by name.
    var unsent: Int { waiting.count + sending.count }

    /// Begins with what an earlier run has left in the spool.
    func start() {
        isRunning = true
        scan()
        pump()
    }

    /// Takes a record.
    func add(_ parcel: Parcel) {
        // Whoever is the last to write may tell of it only now.
        if isOver { return keep(parcel, in: route.spool) }
        if waiting.count < Self.waitingLimit {
            waiting.append(parcel)
        } else if parcel.document == nil {
            leavesSomeInSpool = true
        } else {
            lose(parcel, because: "too many wait")
        }
        pump()
    }

    /// Ends; what is not delivered stays in the spool.
    func stop() async {
        (isRunning, isOver) = (false, true)
        pausing?.cancel()
        let tasks = sending.values
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
        for parcel in waiting where parcel.document != nil { keep(parcel, in: route.spool) }
        waiting = []
    }

    // MARK: - Sending

    private func pump() {
        guard isRunning, pausing == nil else { return }
        if waiting.isEmpty, leavesSomeInSpool { scan() }
        let limit = isProbing ? 1 : Self.concurrency
        while sending.count < limit, !waiting.isEmpty {
            let parcel = waiting.removeFirst()
            guard sending[parcel.name] == nil else { continue }
            sending[parcel.name] = Task { await self.send(parcel) }
        }
    }

    private func send(_ parcel: Parcel) async {
        if let document = document(of: parcel) {
            let name = String(parcel.name.dropLast(route.suffix.count))
            let result = await collector.send(document, named: name, from: url)
            url = result.url
            settle(parcel, result.outcome)
        }
        sending[parcel.name] = nil
        pump()
    }

    private func document(of parcel: Parcel) -> [UInt8]? {
        if let document = parcel.document { return document }
        do throws(RecordFileError) {
            return try RecordFile.read(path(of: parcel))
        } catch {
            logger.error("a record cannot be read and stays where it is: \(error)")
            return nil
        }
    }

    private func settle(_ parcel: Parcel, _ outcome: Collector.Outcome) {
        switch outcome {
        case .delivered:
            if isProbing { logger.notice("the collector takes records again", metadata: ["waiting": "\(unsent)"]) }
            (isProbing, pause) = (false, nil)
            if parcel.document == nil { RecordFile.remove(path(of: parcel)) }
        case .refused(let status):
            logger.error(
                "the collector refused a record, it is kept",
                metadata: ["record": "\(parcel.name)", "status": "\(status)", "in": "\(route.refused)"]
            )
            setAside(parcel)
        case .unreachable(let reason):
            guard isRunning, route.pause != nil else {
                if isRunning {
                    logger.error("a record was not taken, it is kept: \(reason)", metadata: ["in": "\(route.refused)"])
                    setAside(parcel)
                } else {
                    waiting.append(parcel)
                }
                return
            }
            // Behind the others: it may be this record alone that the collector stumbles over.
            waiting.append(parcel)
            wait(because: reason)
        }
    }

    /// Waits before anything is sent again: twice as long each time.
    private func wait(because reason: String) {
        isProbing = true
        guard pausing == nil, let first = route.pause else { return }
        let length = min(pause.map { $0 * 2 } ?? first, route.longestPause)
        pause = length
        logger.warning(
            "the collector does not take records: \(reason)",
            metadata: ["waiting": "\(unsent)", "next": "in \(length)"]
        )
        pausing = Task {
            try? await Task.sleep(for: length)
            self.goOn()
        }
    }

    private func goOn() {
        pausing = nil
        pump()
    }

    // MARK: - Files

    private func scan() {
        let known = Set(waiting.map(\.name)).union(sending.keys)
        let found = RecordFile.names(in: route.spool, suffix: route.suffix, limit: Self.waitingLimit)
        leavesSomeInSpool = found.count == Self.waitingLimit
        waiting += found.filter { !known.contains($0) }.map { Parcel(name: $0) }
    }

    private func path(of parcel: Parcel) -> String { "\(route.spool)/\(parcel.name)" }

    private func setAside(_ parcel: Parcel) {
        if parcel.document != nil {
            keep(parcel, in: route.refused)
        } else {
            do throws(RecordFileError) {
                try RecordFile.move(path(of: parcel), to: "\(route.refused)/\(parcel.name)")
            } catch {
                logger.error("\(error)")
            }
        }
    }

    private func keep(_ parcel: Parcel, in directory: String) {
        guard let document = parcel.document else { return }
        do throws(RecordFileError) {
            try RecordFile.write(document, to: "\(directory)/\(parcel.name)", isDurable: true)
        } catch {
            lose(parcel, because: "\(error)")
        }
    }

    private func lose(_ parcel: Parcel, because reason: String) {
        lost += 1
        logger.critical("a record is lost: \(reason)", metadata: ["record": "\(parcel.name)", "lost": "\(lost)"])
    }
}
