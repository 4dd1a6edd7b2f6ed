import Base
import Logging
import SwitchCore
import Synchronization
import XMLConfig

/// What `mod_cdr_csv` does: a line about each channel that ended, in `Master.csv` and in the file of its account.
final class CSVRecorder: CallReporter {
    private struct Setup {
        let settings: CSVSettings
        let writer: LineWriter
    }

    private let softswitch: Switch
    private let logger: Logger
    private let setup = Mutex<Setup?>(nil)
    private let signals: RotationSignal

    init(_ softswitch: Switch) {
        self.softswitch = softswitch
        var logger = softswitch.logger
        logger[metadataKey: "module"] = "mod_cdr_csv"
        self.logger = logger
        signals = RotationSignal(softswitch)
    }

    // MARK: - Life

    func start() async throws {
        try await apply()
        softswitch.reporters.register(self, as: "cdr_csv")
        let command = makeCommand()
        softswitch.commands.register(command, as: command.name)
        signals.start { [weak self] stamp in
            if self?.current?.settings.rotatesOnHangUp == true { self?.rotate(to: stamp) }
        }
        let metrics = RecordMetrics(module: "mod_cdr_csv", softswitch)
        metrics.register("queued") { [weak self] in self?.current?.writer.counts.queued ?? 0 }
        metrics.register("dropped") { [weak self] in self?.current?.writer.counts.dropped ?? 0 }
    }

    private func makeCommand() -> APICommand {
        APICommand("cdr_csv", syntax: "rotate", summary: "Begins new CSV files.") { [weak self] context, words in
            guard words == "rotate" else { return "-USAGE: cdr_csv rotate\n" }
            guard let self else { return "-ERR not running\n" }
            rotate(to: RotationSignal.stamp(context.softswitch))
            return "+OK\n"
        }
    }

    /// Applies the configuration; what is queued under the old one is still written under it.
    func apply() async throws {
        guard let xml = await softswitch.xml.configuration(named: "cdr_csv.conf") else {
            throw CDRError(description: "there is no cdr_csv.conf")
        }
        var diagnostics: [Diagnostic] = []
        let settings = try CSVSettings(
            xml: xml,
            logDirectory: softswitch.directories.log,
            diagnostics: &diagnostics
        )
        for diagnostic in diagnostics where diagnostic.severity >= .warning { logger.warning("\(diagnostic)") }
        let writer = LineWriter(
            directory: settings.directory,
            capacity: settings.queueCapacity,
            isDurable: settings.isDurable,
            logger: logger
        )
        writer.start()
        let old = setup.withLock { setup in
            defer { setup = Setup(settings: settings, writer: writer) }
            return setup
        }
        await old?.writer.stop()
    }

    func stop() async {
        softswitch.reporters.remove("cdr_csv")
        softswitch.commands.remove("cdr_csv")
        signals.stop()
        await current?.writer.stop()
    }

    private var current: Setup? { setup.withLock { $0 } }

    private func rotate(to stamp: String) {
        current?.writer.rotate(to: stamp)
    }

    // MARK: - Reports

    func report(_ session: isolated Session) async {
        guard let (settings, writer) = current.map({ ($0.settings, $0.writer) }) else { return }
        if settings.isDebugging {
            for variable in session.variables {
                session.logger.info("cdr", metadata: ["variable": "\(variable.name)", "value": "\(variable.value)"])
            }
        }
        guard settings.legs.include(calledLeg: session.history.isCalledLeg) else { return }
        let lines = await lines(for: session, settings)
        if settings.isDurable { await writer.write(lines, on: session.loop) } else { writer.enqueue(lines) }
    }

    private func lines(for session: isolated Session, _ settings: CSVSettings) async -> [FileLine] {
        let scope = CSVScope(channel: SessionScope(session))
        let master = await settings.defaultTemplate.expand(in: scope)
        var lines = [FileLine(file: CSVSettings.masterFile, text: master)]
        let account = session.variable("accountcode")
        if let file = settings.file(forAccount: account) {
            let own = account.flatMap { settings.templates[$0] }
            lines.append(FileLine(file: file, text: await own?.expand(in: scope) ?? master))
        }
        return lines
    }
}
