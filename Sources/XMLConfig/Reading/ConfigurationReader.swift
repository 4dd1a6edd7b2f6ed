public import Base

/// Turns a list of parameters into typed values; a module declares what it knows by reading it.
///
/// A value that cannot be read becomes an error with its file and line and the default is given meanwhile, so one
/// pass finds everything that is wrong. What was never asked for is a parameter that nobody knows:
///
///     struct EventSocketConfiguration: Sendable {
///         let address: IPAddress
///         let port: Int
///         let isDebugging: Bool
///
///         init(xml: XMLNode, diagnostics: inout [Diagnostic]) throws(ConfigurationError) {
///             var reader = ConfigurationReader(settingsOf: xml)
///             address = reader.address("listen-ip", default: .loopbackV4)
///             port = reader.integer("listen-port", in: 1...65_535, default: 8021)
///             isDebugging = reader.boolean("debug", default: false)
///             reader.ignore("nat-map", because: "address translation is found by the SIP profiles")
///             diagnostics += try reader.finish()
///         }
///     }
public struct ConfigurationReader: Sendable {
    /// The parameters being read.
    public let parameters: ParameterList
    /// What was found so far.
    public private(set) var diagnostics: [Diagnostic] = []

    private var known: Set<String> = []

    /// Reads a list.
    public init(_ parameters: ParameterList) {
        self.parameters = parameters
    }

    /// Reads a configuration's `<settings>`.
    public init(settingsOf configuration: XMLNode) {
        self.init(ParameterList(settingsOf: configuration))
    }

    // MARK: - Values

    /// A value as it is written; `nil` when the parameter is absent.
    public mutating func string(_ name: String) -> String? {
        known.insert(name)
        return parameters[name]
    }

    /// A value as it is written; `nil` when it is empty, too.
    public mutating func nonEmptyString(_ name: String) -> String? {
        string(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A value as it is written.
    public mutating func string(_ name: String, default fallback: String) -> String {
        string(name) ?? fallback
    }

    /// The values of a parameter that may be repeated, each with its place.
    public mutating func all(_ name: String) -> [ParameterList.Parameter] {
        known.insert(name)
        return parameters.all(name)
    }

    /// `yes`, `on`, `true`, `t`, `enabled`, `active`, `allow` and numbers other than zero are true, all else false.
    public mutating func boolean(_ name: String, default fallback: Bool) -> Bool {
        string(name)?.isTrueSetting ?? fallback
    }

    /// A whole number within a range.
    public mutating func integer(_ name: String, in range: ClosedRange<Int>, default fallback: Int) -> Int {
        integer(name, in: range) ?? fallback
    }

    /// A whole number within a range; `nil` when the parameter is absent.
    public mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        let expected: String =
            switch (range.lowerBound, range.upperBound) {
            case (.min, .max): "a whole number"
            case (_, .max): "a whole number of at least \(range.lowerBound)"
            default: "a whole number from \(range.lowerBound) to \(range.upperBound)"
            }
        return value(name, expecting: expected) { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// An IPv4 or IPv6 address.
    public mutating func address(_ name: String, default fallback: IPAddress) -> IPAddress {
        value(name, expecting: "an IP address") { IPAddress($0) } ?? fallback
    }

    /// One of a few words, compared without case.
    public mutating func choice<Value>(_ name: String, of choices: [String: Value], default fallback: Value) -> Value {
        let words = choices.keys.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
        return value(name, expecting: "one of \(words)") { text in
            choices.first { $0.key.equalsIgnoringASCIICase(text) }?.value
        } ?? fallback
    }

    /// A value of any type.
    ///
    /// - Parameters:
    ///   - expected: What the value should have been, for the error: `a codec name`.
    ///   - convert: Gives the value, or `nil` when the text is not one.
    public mutating func value<Value>(
        _ name: String,
        expecting expected: String,
        _ convert: (String) -> Value?
    ) -> Value? {
        known.insert(name)
        guard let parameter = parameters.last(name) else { return nil }
        if let value = convert(parameter.value) { return value }
        report(.error, at: parameter.location, "\(name) is \"\(parameter.value)\", expected \(expected)")
        return nil
    }

    // MARK: - Findings

    /// Declares parameters that are known and have no effect here, with a warning where one is set.
    public mutating func ignore(_ names: String..., because reason: String) {
        for name in names {
            known.insert(name)
            for parameter in parameters.all(name) {
                report(.warning, at: parameter.location, "\(name) has no effect: \(reason)")
            }
        }
    }

    /// Declares parameters that FreeSWITCH acts on and this version does not, with a note where one is set.
    public mutating func noteUnused(_ names: some Sequence<String>) {
        for name in names {
            for parameter in all(name) {
                report(.note, at: parameter.location, "\(name) has no effect in this version")
            }
        }
    }

    /// Declares parameters that another reader of the same list takes.
    public mutating func allow(_ names: some Sequence<String>) {
        known.formUnion(names)
    }

    /// Adds a finding of the module's own, such as two values that exclude each other.
    public mutating func report(_ severity: Diagnostic.Severity, at location: SourceLocation?, _ message: String) {
        diagnostics.append(Diagnostic(severity, at: location ?? parameters.location, message))
    }

    /// Ends the reading: warns about every parameter that was not asked for.
    ///
    /// - Returns: The warnings and notes.
    /// - Throws: Everything that was found, when any of it is an error.
    public consuming func finish() throws(ConfigurationError) -> [Diagnostic] {
        let names = Set(known.map(\.foldedASCII))
        for parameter in parameters.parameters where !names.contains(parameter.name.foldedASCII) {
            let hint = SpellingSuggestion.hint(for: parameter.name, among: known)
            report(.warning, at: parameter.location, "unknown parameter \"\(parameter.name)\"\(hint)")
        }
        if diagnostics.contains(where: { $0.severity == .error }) { throw ConfigurationError(diagnostics) }
        return diagnostics
    }
}
