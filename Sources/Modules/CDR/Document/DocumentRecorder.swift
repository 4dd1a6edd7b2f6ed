import Base
import HTTPTransport
import Logging
import NIOCore
import NIOPosix
import SwitchCore
import Synchronization
import XMLConfig

/// What `mod_xml_cdr` and `mod_json_cdr` do: a document about each channel that ended, to files and to a collector.
final class DocumentRecorder: CallReporter {
    let format: DocumentFormat
    private let softswitch: Switch
    private let logger: Logger
    private let writer = Mutex<DocumentWriter?>(nil)
    private let group = Mutex<MultiThreadedEventLoopGroup?>(nil)
    private let signals: RotationSignal

    /// How long a calling channel waits for the documents of called ones that it asked for.
    private static let copyTimeout = Duration.seconds(1)
    /// How many documents of failed legs a channel keeps at most.
    private static let failedLimit = 100

    init(_ format: DocumentFormat, _ softswitch: Switch) {
        (self.format, self.softswitch) = (format, softswitch)
        var logger = softswitch.logger
        logger[metadataKey: "module"] = "mod_\(format.name)"
        self.logger = logger
        signals = RotationSignal(softswitch)
    }

    // MARK: - Life

    func start() async throws {
        let writer = try makeWriter(try await readSettings())
        self.writer.withLock { $0 = writer }
        await writer.start()
        softswitch.reporters.register(self, as: format.name)
        signals.start { [weak self] stamp in self?.current?.rotate(to: stamp) }
        let metrics = RecordMetrics(module: "mod_\(format.name)", softswitch)
        metrics.register("queued") { [weak self] in self?.current?.counts.queued ?? 0 }
        metrics.register("dropped") { [weak self] in self?.current?.counts.dropped ?? 0 }
        metrics.register("unsent") { [weak self] in await self?.current?.courier?.unsent ?? 0 }
        metrics.register("lost") { [weak self] in await self?.current?.courier?.lost ?? 0 }
    }

    /// Applies a changed configuration: what the old one has not delivered is taken over by way of the spool.
    func reload() async throws {
        let settings = try await readSettings()
        // Certificates may be others in the same files.
        guard let old = current, old.settings != settings || !settings.addresses.isEmpty else { return }
        let new = try makeWriter(settings)
        writer.withLock { $0 = new }
        await old.stop()
        await new.start()
    }

    func stop() async {
        softswitch.reporters.remove(format.name)
        signals.stop()
        await current?.stop()
        let group = group.withLock { group in
            defer { group = nil }
            return group
        }
        try? await group?.shutdownGracefully()
    }

    private var current: DocumentWriter? { writer.withLock { $0 } }

    private func readSettings() async throws -> DocumentSettings {
        guard let xml = await softswitch.xml.configuration(named: "\(format.name).conf") else {
            throw CDRError(description: "there is no \(format.name).conf")
        }
        var diagnostics: [Diagnostic] = []
        let settings = try DocumentSettings(
            format,
            xml: xml,
            logDirectory: softswitch.directories.log,
            diagnostics: &diagnostics
        )
        for diagnostic in diagnostics where diagnostic.severity >= .warning { logger.warning("\(diagnostic)") }
        return settings
    }

    private func makeWriter(_ settings: DocumentSettings) throws -> DocumentWriter {
        let rotation = settings.rotates ? RotationSignal.stamp(softswitch) : nil
        return DocumentWriter(settings, courier: try makeCourier(settings), logger: logger, rotation: rotation)
    }

    private func makeCourier(_ settings: DocumentSettings) throws -> Courier? {
        guard !settings.addresses.isEmpty else { return nil }
        // A system that has no certificates can do without them until somebody asks for https.
        let needsTLS = settings.addresses.contains(where: \.url.isEncrypted)
        let tls = needsTLS ? try ClientTLS(settings.tls) : try? ClientTLS(settings.tls)
        let group = group.withLock { group in
            let made = group ?? MultiThreadedEventLoopGroup(numberOfThreads: 1)
            group = made
            return made
        }
        let collector = Collector(
            client: HTTPClient(group: group, tls: tls),
            addresses: settings.addresses,
            encoding: settings.encoding,
            contentType: format.contentType,
            retries: settings.retries,
            delay: .seconds(settings.delay),
            timeout: .seconds(settings.timeout),
            userAgent: "tandem/\(softswitch.version)"
        )
        let route = Courier.Route(
            spool: settings.spool,
            refused: settings.errorDirectory,
            suffix: format.suffix,
            pause: settings.resendInterval == 0 ? nil : .seconds(settings.resendInterval),
            longestPause: .seconds(DocumentSettings.longestResendInterval)
        )
        return Courier(route, collector: collector, logger: logger)
    }

    // MARK: - Reports

    func report(_ session: isolated Session) async {
        await waitForCopies(session)
        let record = CallRecord(session)
        await giveCopy(of: record)
        // Not before: a reload may have ended the writer that there was.
        guard let writer = current else { return }
        guard !record.isCalledLeg || writer.settings.recordsCalledLegs || session.isTrue("force_process_cdr") else {
            return
        }
        if writer.settings.isDurable {
            await writer.write(record, on: session.loop)
        } else {
            writer.enqueue(record)
        }
    }

    func document(of session: isolated Session) -> String? {
        switch format {
        case .xml: CallRecord(session).xml()
        case .json: nil
        }
    }

    /// Waits until the channels that this one made have reported, when it wants their documents.
    private func waitForCopies(_ session: isolated Session) async {
        let isWanted = session.isTrue(format.copyVariable) || session.variable(format.failedPrefixVariable) != nil
        guard isWanted else { return }
        let legs = VariableArray.elements(of: session.variable("originated_legs") ?? "").compactMap { leg in
            softswitch.sessions[String(leg.prefix { $0 != ";" })]
        }
        let (ends, continuation) = AsyncStream.makeStream(of: Void.self)
        let timer = session.loop.schedule(at: session.loop.now + Self.copyTimeout) { continuation.finish() }
        var left = 0
        for leg in legs where await leg.whenEnded({ continuation.yield() }) != nil { left += 1 }
        if left == 0 { continuation.finish() }
        for await _ in ends {
            left -= 1
            if left == 0 { break }
        }
        timer.cancel()
    }

    /// Puts the document of a called channel into a variable of the calling one, where that asks for it.
    private func giveCopy(of record: CallRecord) async {
        guard let caller = record.history.originator.flatMap({ softswitch.sessions[$0.uuid] }) else { return }
        guard let writer = current else { return }
        await give(record, to: caller, writer)
    }

    private func give(_ record: CallRecord, to caller: isolated Session, _ writer: DocumentWriter) {
        guard let name = Self.variable(of: caller, for: record, format) else { return }
        // A document is text from outside: nothing in it may be expanded later.
        caller.setVariable(name, Template.neutralized(writer.text(of: record)))
    }

    /// The variable of a calling channel that gets the document of a called one; `nil` when it does not want it.
    private static func variable(
        of caller: isolated Session,
        for record: CallRecord,
        _ format: DocumentFormat
    ) -> String? {
        let times = record.profiles.first?.times ?? CallTimes()
        // A leg that answered and went at once may never have been bridged.
        if times.bridged != 0 || times.answered != 0 {
            return caller.isTrue(format.copyVariable) ? "b_leg_cdr" : nil
        }
        guard let prefix = caller.variable(format.failedPrefixVariable) else { return nil }
        return (1...failedLimit).lazy.map { "\(prefix)_\($0)" }.first { caller.variable($0) == nil }
    }
}
