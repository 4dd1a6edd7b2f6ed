public import Base

/// How to reach a switch: one section of a file like `~/.fs_cli_conf`.
///
/// The file has sections of lines `name => value` (or `name = value`); `;` and `#` begin comments. What it does not say
/// stays as it is.
public struct ConsoleProfile: Equatable, Sendable {
    /// The switch's host name or address.
    public var host = "127.0.0.1"
    /// The event socket's port.
    public var port: UInt16 = 8021
    /// `user@domain`, for the password of a user of the directory.
    public var user: String?
    /// The password; `nil` where none is known.
    public var password: String?
    /// The log lines that are shown from the beginning; `nil` for none.
    public var logLevel: LogLevel? = .debug
    /// How long the answer to a command may take after which the console ends, in milliseconds; 0 without limit.
    public var timeout: Int32 = 0
    /// How long connecting may take, in milliseconds; 0 without limit.
    public var connectTimeout: Int32 = 5000
    /// Whether the section wants no log lines, wherever in it that stands.
    private var isQuiet = false

    /// A switch on this machine.
    public init() {}

    /// What is wrong with a file of profiles.
    public struct Failure: Error, Equatable, CustomStringConvertible {
        /// The line, from 1.
        public let line: Int
        /// What is wrong there.
        public let reason: String

        /// The place and the reason.
        public var description: String { "line \(line): \(reason)" }
    }

    /// The profile of a name in a file's text, over what this one says; `nil` when there is none of that name.
    public func reading(_ name: String, from text: String) throws(Failure) -> ConsoleProfile? {
        var profile = self
        var isFound = false
        var isInside = false
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            let content = line.prefix { $0 != ";" && $0 != "#" }.trimmed
            if content.isEmpty { continue }
            if content.hasPrefix("["), content.hasSuffix("]") {
                isInside = content.dropFirst().dropLast().trimmed.equalsIgnoringASCIICase(name)
                isFound = isFound || isInside
            } else if isInside {
                guard let equals = content.firstIndex(of: "=") else {
                    throw Failure(line: number, reason: "expected name => value")
                }
                let value = content[content.index(after: equals)...].drop { $0 == ">" }.trimmed
                guard profile.set(content[..<equals].trimmed, to: value) else {
                    throw Failure(line: number, reason: "\(value) cannot be the \(content[..<equals].trimmed)")
                }
            }
        }
        if profile.isQuiet { profile.logLevel = nil }
        return isFound ? profile : nil
    }

    /// Takes one setting; names that are not known are for other programs.
    private mutating func set(_ name: String, to value: String) -> Bool {
        switch name.lowercased() {
        case "host": host = value
        case "user": user = value
        case "password": password = value
        case "port":
            guard let number = UInt16(value) else { return false }
            port = number
        case "loglevel":
            guard let level = LogLevel(value) else { return false }
            logLevel = level
        case "quiet": isQuiet = value.isTrueSetting
        case "timeout":
            guard let number = Int32(value), number >= 0 else { return false }
            timeout = number
        case "connect-timeout":
            guard let number = Int32(value), number >= 0 else { return false }
            connectTimeout = number
        default: break
        }
        return true
    }
}

extension StringProtocol {
    /// Without spaces and tabs at both ends.
    fileprivate var trimmed: String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}
