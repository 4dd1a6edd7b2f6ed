import CPCRE2

/// A Perl-compatible regular expression, compiled once and matched from any thread.
///
/// Matching works on bytes, as FreeSWITCH's does, and is bounded: an expression that backtracks without end fails with
/// ``MatchFailure`` instead of holding up a call.
@safe
// @unchecked: the compiled code never changes after init; PCRE2 allows any number of threads to match with it.
public final class RegularExpression: @unchecked Sendable {
    private let code: OpaquePointer
    /// The expression as it was given, with its slashes or underscore.
    public let source: String
    /// The number of capturing groups.
    public let groupCount: Int
    private let prefix: LiteralPrefix?

    /// How an expression is read.
    public struct Options: OptionSet, Sendable, Hashable {
        /// The bits.
        public let rawValue: UInt8
        /// Letters match without regard to case.
        public static let caseless = Options(rawValue: 1)
        /// A dot matches line ends too.
        public static let dotMatchesAll = Options(rawValue: 2)
        /// `^` and `$` match at every line.
        public static let multiline = Options(rawValue: 4)
        /// Blanks and comments in the expression do not count.
        public static let extended = Options(rawValue: 8)

        /// Makes options from bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }
    }

    /// The longest expression, in bytes.
    public static let maximumLength = 16 * 1024

    /// Compiles an expression in one of FreeSWITCH's forms: `re`, `/re/flags`, or `_pattern` with `N`, `X`, `Z`, `.`.
    ///
    /// - Parameter isKept: whether it will be matched often, so that compiling it to machine code pays.
    public convenience init(expression: String, isKept: Bool = true) throws(RegularExpressionError) {
        guard let form = ExpressionForm(expression) else {
            throw RegularExpressionError(message: "the closing / is missing", offset: expression.utf8.count)
        }
        try self.init(pattern: form.pattern, options: form.options, source: expression, isKept: isKept)
    }

    /// Compiles a bare PCRE2 pattern.
    public init(
        pattern: String,
        options: Options = [],
        source: String? = nil,
        isKept: Bool = true
    ) throws(RegularExpressionError) {
        guard pattern.utf8.count <= Self.maximumLength else {
            throw RegularExpressionError(message: "longer than \(Self.maximumLength) bytes", offset: Self.maximumLength)
        }
        var errorCode: Int32 = 0
        var errorOffset = 0
        let bytes = Array(pattern.utf8)
        let compiled = unsafe pcre2_compile_8(bytes, bytes.count, options.bits, &errorCode, &errorOffset, nil)
        guard let compiled = unsafe compiled else {
            throw RegularExpressionError(message: Self.message(errorCode), offset: errorOffset)
        }
        unsafe code = compiled
        self.source = source ?? pattern
        prefix = options.isEmpty ? LiteralPrefix(pattern: bytes) : nil
        var groups: UInt32 = 0
        _ = unsafe pcre2_pattern_info_8(compiled, UInt32(PCRE2_INFO_CAPTURECOUNT), &groups)
        groupCount = Int(groups)
        // Without JIT support the interpreter matches the same; there is nothing to report.
        if isKept { _ = unsafe pcre2_jit_compile_8(compiled, UInt32(PCRE2_JIT_COMPLETE)) }
    }

    deinit { unsafe pcre2_code_free_8(code) }

    /// Whether the expression is found anywhere in a text; a match that hits a limit counts as none.
    public func matches(_ subject: String) -> Bool {
        (try? firstMatch(in: subject)) != nil
    }

    /// The first place where the expression is found.
    public func firstMatch(in subject: String) throws(MatchFailure) -> RegularExpressionMatch? {
        let scratch = MatchScratch()
        return try isFound(in: subject, using: scratch) ? scratch.match(in: subject, groupCount: groupCount) : nil
    }

    /// Whether the expression is found anywhere in a text, leaving the captures in the scratch.
    ///
    /// They are there until the scratch is used again; see ``MatchScratch/match(in:groupCount:)``.
    package func isFound(in subject: String, using scratch: MatchScratch) throws(MatchFailure) -> Bool {
        var subject = subject
        let result: Int32 = subject.withUTF8 { bytes in
            if let prefix {
                guard unsafe prefix.admits(bytes) else { return PCRE2_ERROR_NOMATCH }
            }
            return unsafe match(bytes, using: scratch)
        }
        if result >= 0 { return true }
        if result == PCRE2_ERROR_NOMATCH { return false }
        throw MatchFailure(reason: Self.message(result))
    }

    private func match(_ bytes: UnsafeBufferPointer<UInt8>, using scratch: MatchScratch) -> Int32 {
        let subject = unsafe bytes.baseAddress ?? MatchLimits.shared.emptySubject
        let (data, context) = unsafe (scratch.data, MatchLimits.shared.context)
        let result = unsafe pcre2_match_8(code, subject, bytes.count, 0, 0, data, context)
        // Machine code runs on 32 KiB of stack; a subject that needs more is interpreted, which uses the heap.
        guard result == PCRE2_ERROR_JIT_STACKLIMIT else { return result }
        return unsafe pcre2_match_8(code, subject, bytes.count, 0, UInt32(PCRE2_NO_JIT), data, context)
    }

    private static func message(_ code: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = unsafe pcre2_get_error_message_8(code, &buffer, buffer.count)
        guard length > 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix(Int(length)), as: UTF8.self)
    }
}

extension RegularExpression.Options {
    fileprivate var bits: UInt32 {
        var bits: UInt32 = 0
        if contains(.caseless) { bits |= PCRE2_CASELESS }
        if contains(.dotMatchesAll) { bits |= PCRE2_DOTALL }
        if contains(.multiline) { bits |= PCRE2_MULTILINE }
        if contains(.extended) { bits |= PCRE2_EXTENDED }
        // `\C` and callouts have no use in a dialplan.
        return bits | PCRE2_NEVER_BACKSLASH_C
    }
}

/// Why a text is no regular expression.
public struct RegularExpressionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the compiler says.
    public var message: String
    /// Where in the pattern, in bytes.
    public var offset: Int

    /// The error in words.
    public var description: String { "\(message) (at byte \(offset))" }
}

/// A match that was given up because it cost too much.
public struct MatchFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which limit it hit.
    public var reason: String

    /// The reason.
    public var description: String { reason }
}
