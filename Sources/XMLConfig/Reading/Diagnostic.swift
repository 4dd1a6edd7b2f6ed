/// Something that an operator should know about a configuration.
public struct Diagnostic: Hashable, Sendable {
    /// How bad it is.
    public enum Severity: String, Comparable, Sendable {
        /// Worth knowing; the configuration means what it says.
        case note
        /// Probably not what was meant; a sensible reading was taken.
        case warning
        /// The configuration cannot be used as it is.
        case error

        /// The lesser severity comes first.
        public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .note: 0
            case .warning: 1
            case .error: 2
            }
        }
    }

    /// How bad it is.
    public let severity: Severity
    /// Where it is; `nil` when no file is to blame.
    public let location: SourceLocation?
    /// What is wrong and what was expected, as a sentence without a full stop.
    public let message: String

    /// A statement about a place.
    public init(_ severity: Severity, at location: SourceLocation?, _ message: String) {
        (self.severity, self.location, self.message) = (severity, location, message)
    }
}

extension Diagnostic: CustomStringConvertible {
    /// `conf/vars.xml:12: warning: …`, as compilers write it; what a program made has no place.
    public var description: String {
        let place = location.flatMap { $0.file.isEmpty ? nil : "\($0): " } ?? ""
        return place + "\(severity.rawValue): \(message)"
    }
}

/// A configuration that cannot be used, with everything that was found wrong with it.
public struct ConfigurationError: Error, Hashable, Sendable {
    /// What is wrong; never empty, and the warnings that were found beside the errors included.
    public let diagnostics: [Diagnostic]

    /// One error at a place.
    public init(_ message: String, at location: SourceLocation?) {
        diagnostics = [Diagnostic(.error, at: location, message)]
    }

    /// Several findings, at least one of them an error.
    public init(_ diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics.isEmpty ? [Diagnostic(.error, at: nil, "invalid configuration")] : diagnostics
    }

    /// The first finding that is an error.
    public var first: Diagnostic { diagnostics.first { $0.severity == .error } ?? diagnostics[0] }
}

extension ConfigurationError: CustomStringConvertible {
    /// One finding a line.
    public var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}
