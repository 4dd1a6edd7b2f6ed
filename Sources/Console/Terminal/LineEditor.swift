import CEditLine
import Glibc

/// A line of the terminal with history and completion, made by libedit.
///
/// The terminal is waited for by a function of the owner's, so that other things can happen while somebody types: what
/// is shown meanwhile goes through ``show(_:)``, which leaves the unfinished line below it.
final class LineEditor {
    /// What the owner saw while it waited.
    enum Wait {
        /// The terminal has bytes to read.
        case input
        /// The console ends.
        case stop
    }

    /// How many lines the history keeps.
    static let historyLimit: Int32 = 500

    private var handle: OpaquePointer?
    private var history: OpaquePointer?
    private let historyFile: String?
    private let prompt: UnsafeMutablePointer<CChar>
    private var isReading = false
    private let wait: () -> Wait
    private let complete: (_ line: String, _ cursor: Int) -> ConsoleSession.Completion?

    /// An editor on the standard input; `nil` when libedit cannot use the terminal.
    ///
    /// - Parameters:
    ///   - historyFile: Where the lines are kept for the next time.
    ///   - wait: Waits until the terminal has bytes or the console ends.
    ///   - complete: Asks how the line could go on.
    init?(
        prompt: String,
        historyFile: String?,
        wait: @escaping () -> Wait,
        complete: @escaping (_ line: String, _ cursor: Int) -> ConsoleSession.Completion?
    ) {
        guard let text = strdup(prompt) else { return nil }
        (self.prompt, self.historyFile, self.wait, self.complete) = (text, historyFile, wait, complete)
        let context = Unmanaged.passUnretained(self).toOpaque()
        handle = tandem_edit_open(
            "tandem",
            context,
            { edit, character in LineEditor.of(edit)?.readCharacter(into: character) ?? -1 },
            { edit in LineEditor.of(edit)?.prompt },
            { edit, _ in LineEditor.of(edit)?.completeLine() ?? UInt8(CC_ERROR) }
        )
        guard let handle else { return nil }
        history = tandem_history_open(handle, Self.historyLimit)
        if let historyFile { _ = tandem_history_load(history, historyFile) }
        for key in FunctionKey.all { tandem_edit_bind_text(handle, key.sequence, key.line + "\\n") }
    }

    deinit {
        if let historyFile { _ = tandem_history_save(history, historyFile) }
        if let handle { el_end(handle) }
        if let history { history_end(history) }
        free(prompt)
    }

    /// The next line; `nil` at the end of the input or of the console.
    func readLine() -> String? {
        guard let handle else { return nil }
        isReading = true
        defer { isReading = false }
        var count: Int32 = 0
        guard let text = el_gets(handle, &count), count > 0 else { return nil }
        let line = String(cString: text)
        let bare = line.hasSuffix("\n") ? String(line.dropLast()) : line
        if !bare.allSatisfy(\.isWhitespace) { tandem_history_enter(history, bare) }
        return bare
    }

    /// Shows a text above the unfinished line.
    func show(_ text: String) {
        TerminalOutput.write(isReading ? "\r\u{1B}[K" + text : text)
        if isReading, let handle { tandem_edit_refresh(handle) }
    }

    private static func of(_ handle: OpaquePointer?) -> LineEditor? {
        guard let context = tandem_edit_context(handle) else { return nil }
        return Unmanaged<LineEditor>.fromOpaque(context).takeUnretainedValue()
    }

    /// One character for libedit: 1 when there is one, 0 at the end, -1 when it failed.
    private func readCharacter(into character: UnsafeMutablePointer<wchar_t>?) -> Int32 {
        var bytes: [UInt8] = []
        while true {
            guard wait() == .input else { return 0 }
            var byte: UInt8 = 0
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return Int32(count) }
            bytes.append(byte)
            if let scalar = UTF8Character.scalar(bytes) {
                character?.pointee = wchar_t(bitPattern: scalar.value)
                return 1
            }
            if bytes.count >= 4 { bytes = [] }
        }
    }

    private func completeLine() -> UInt8 {
        guard let handle, let info = el_line(handle)?.pointee, let start = info.buffer else { return UInt8(CC_ERROR) }
        let bytes = UnsafeRawBufferPointer(start: start, count: info.lastchar - start)
        let line = String(decoding: bytes, as: UTF8.self)
        guard let completion = complete(line, info.cursor - start) else { return UInt8(CC_ERROR) }
        if !completion.choices.isEmpty { show(completion.choices + "\n") }
        if completion.deletes > 0 { el_deletestr(handle, Int32(clamping: completion.deletes)) }
        if !completion.inserts.isEmpty { el_insertstr(handle, completion.inserts) }
        return UInt8(CC_REFRESH)
    }
}

/// UTF-8 as a terminal sends it, byte by byte.
enum UTF8Character {
    /// The character that the bytes are; `nil` while they are unfinished or none.
    static func scalar(_ bytes: [UInt8]) -> Unicode.Scalar? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        return text.unicodeScalars.first
    }
}

/// What the function keys write, as operators know them.
struct FunctionKey {
    let sequence: String
    let line: String

    static let all: [FunctionKey] = [
        ("\\eOP", "help"), ("\\eOQ", "status"), ("\\eOR", "show channels"), ("\\eOS", "show calls"),
        ("\\e[15~", "sofia status"), ("\\e[17~", "reloadxml"), ("\\e[18~", "/nolog"), ("\\e[19~", "/log debug"),
        ("\\e[20~", "sofia status profile internal"), ("\\e[21~", "fsctl pause"), ("\\e[23~", "fsctl resume"),
        ("\\e[24~", "version"),
    ].map { FunctionKey(sequence: $0.0, line: $0.1) }
}
