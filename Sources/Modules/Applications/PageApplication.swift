import Base
import Glibc
import Logging
import MediaEngine
import SwitchCore
import XMLConfig

/// `page`: what somebody says is played to many, each in a call of its own.
enum PageApplication {
    private static let usualBeep = "tone_stream://%(500,0, 620)"

    static let application = Application(
        "page",
        syntax: "[<<name>=<value>,…>]<dial string>[:_:<dial string>…]",
        []
    ) { session, data in
        let path = "\(session.softswitch.xml.globals["temp_dir"] ?? "/tmp")/\(session.id).wav"
        guard let text = data.isEmpty ? session.variable("page_data") : data,
            let calls = PagedCalls(text, ownPath: path, session.softswitch, on: session.loop, { session.variable($0) })
        else { throw ApplicationError("page needs somebody to call") }
        if calls.isOwnFile {
            var said: (any Error)?
            do {
                try await record(calls.path, on: session)
            } catch {
                // Who hangs up has said it all.
                said = error
            }
            if let failure = said as? ApplicationError {
                await calls.removeFile()
                throw failure
            }
        }
        guard await calls.hasFile else { throw ApplicationError("page: there is no file \(calls.path)") }
        calls.start()
    }

    private static let commandSyntax = "(var1=val1,var2=val2)<var1=val1,var2=val2><chan1>[:_:<chanN>]"

    /// The same with a file that is there; what variables say to the application stands in the round brackets.
    static let command = APICommand("page", syntax: commandSyntax, summary: "plays a file to many") { context, text in
        let softswitch = context.softswitch
        var (said, rest): (Substring, Substring) = ("", text.drop { $0 == " " })
        if rest.first == "(", let end = rest.firstIndex(of: ")") {
            said = rest[rest.index(after: rest.startIndex)..<end]
            rest = rest[rest.index(after: end)...]
        }
        let settings = ListSplitter.split(String(said), by: ",", limit: settingLimit).map { setting in
            setting.split(separator: "=", maxSplits: 1).map(String.init)
        }
        func variable(_ name: String) -> String? { settings.last { $0.count > 1 && $0[0] == name }?[1] }
        guard let path = variable("page_path") else { return "-ERR page_path is missing\n" }
        guard let calls = PagedCalls(String(rest), ownPath: path, softswitch, on: softswitch.loops.next(), variable)
        else {
            return "-USAGE: \(commandSyntax)\n"
        }
        guard await calls.hasFile else { return "-ERR there is no file \(path)\n" }
        calls.start()
        return "+OK\n"
    }

    private static let settingLimit = 64

    private static func record(_ path: String, on session: isolated Session) async throws {
        try await session.play(session.variable("page_beep") ?? usualBeep, terminators: [])
        var options = RecordingOptions()
        let limit = session.variable("page_record_limit")?.drop { $0 == "+" }
        options.maximumDuration = Duration(seconds: limit.map(String.init))
        if let threshold = session.variable("page_record_thresh").flatMap({ Int($0) }), threshold > 0 {
            options.silenceThreshold = threshold
            // A hit is a packet time of 20 ms.
            let hits = session.variable("page_record_silence_hits").flatMap { Int($0) } ?? 0
            if hits > 0 { options.silenceDuration = .milliseconds(20 * min(hits, 100_000)) }
        }
        try await session.record(to: path, options: options, terminators: session.playbackTerminators)
    }
}

/// The calls of one `page`.
struct PagedCalls: Sendable {
    /// The file that is played.
    let path: String
    /// Whether it is only there for these calls.
    let isOwnFile: Bool
    private let softswitch: Switch
    private let loop: any Loop
    private let dialStrings: [String]
    private let target: TransferTarget
    private let chunk: Int

    /// How many are called at most, and how many at a time where nothing else is said.
    private static let (limit, usualChunk) = (512, 10)

    /// Reads what is said of them by data and variables; `nil` when nobody is to be called.
    ///
    /// - Parameter ownPath: Where a file is made for them, when no variable names one.
    init?(
        _ text: String,
        ownPath: String,
        _ softswitch: Switch,
        on loop: any Loop,
        _ variable: (String) -> String?
    ) {
        (self.softswitch, self.loop) = (softswitch, loop)
        var rest = text.drop { $0 == " " }
        var variables = ""
        while rest.first == "<", let end = rest.firstIndex(of: ">") {
            variables += rest[...end]
            rest = rest[rest.index(after: end)...].drop { $0 == " " }
        }
        let parts = String(rest).split(separator: ":_:").prefix(Self.limit)
        guard !parts.isEmpty else { return nil }
        dialStrings = parts.map { variables + $0 }
        let named = variable("page_path")
        path = named ?? ownPath
        isOwnFile = named == nil
        target = TransferTarget(
            variable("page_exten") ?? "playback:\(path)",
            dialplan: variable("page_dp") ?? "inline",
            context: variable("page_context")
        )
        let chunk = variable("page_chunk_size").flatMap { Int($0) } ?? 0
        self.chunk = chunk > 0 ? min(chunk, Self.limit) : Self.usualChunk
    }

    /// Whether there is something to be played.
    var hasFile: Bool {
        get async {
            let path = path
            return (try? await softswitch.media.audio.onFileThread { access(path, R_OK) == 0 }) ?? false
        }
    }

    /// Makes the calls, so many at a time, beside whatever goes on; takes the file away when the last one is over.
    func start() {
        Task(executorPreference: loop) { await run() }
    }

    private func run() async {
        await withTaskGroup(of: Void.self) { group in
            for (index, dialString) in dialStrings.enumerated() {
                if index >= chunk { await group.next() }
                group.addTask { await self.call(dialString) }
            }
        }
        await removeFile()
    }

    /// Takes the file away, when it was there for these calls only.
    func removeFile() async {
        guard isOwnFile else { return }
        let path = path
        _ = try? await softswitch.media.audio.onFileThread { unlink(path) }
    }

    /// Makes one call and waits for its end.
    private func call(_ dialString: String) async {
        switch await Originator(softswitch, on: loop).originate(dialString) {
        case .failed(let cause):
            softswitch.logger.warning("page: nobody was reached", metadata: ["cause": "\(cause.name)"])
        case .connected(let leg):
            await leg.setVariable("page_file", path)
            await leg.divert(to: target)
            let (ends, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
            if await leg.whenEnded({ continuation.finish() }) == nil { continuation.finish() }
            for await _ in ends {}
        }
    }
}
