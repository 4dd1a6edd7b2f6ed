import Base

/// A parameter: `name` or `name=value`.
public struct SIPParameter: Hashable, Sendable {
    /// The name, in the case it was written in.
    public var name: String
    /// The value without its quotes; `nil` for a parameter that stands alone.
    public var value: String?

    /// A parameter, with a value or alone.
    public init(_ name: String, _ value: String? = nil) {
        (self.name, self.value) = (name, value)
    }
}

/// The parameters of a URI, an address or a Via in their order; names are compared without case.
public struct SIPParameters: Hashable, Sendable {
    /// The parameters in the order they were written.
    public private(set) var entries: [SIPParameter]

    /// These parameters.
    public init(_ entries: [SIPParameter] = []) {
        self.entries = entries
    }

    /// Whether there are none.
    public var isEmpty: Bool { entries.isEmpty }

    /// The value of a parameter: empty for one that stands alone, `nil` when it is not there.
    ///
    /// Setting replaces the first of that name or appends; setting an empty text makes a parameter that stands alone;
    /// setting `nil` removes it.
    public subscript(_ name: String) -> String? {
        get {
            guard let entry = entries.first(where: { $0.name.equalsIgnoringASCIICase(name) }) else { return nil }
            return entry.value ?? ""
        }
        set {
            let position = entries.firstIndex { $0.name.equalsIgnoringASCIICase(name) }
            guard let newValue else {
                entries.removeAll { $0.name.equalsIgnoringASCIICase(name) }
                return
            }
            let entry = SIPParameter(name, newValue.isEmpty ? nil : newValue)
            if let position { entries[position] = entry } else { entries.append(entry) }
        }
    }

    /// Whether a parameter is there, with or without a value.
    public func contains(_ name: String) -> Bool {
        entries.contains { $0.name.equalsIgnoringASCIICase(name) }
    }
}

extension SIPParameters: ExpressibleByDictionaryLiteral {
    /// Parameters as in `["transport": "tcp", "lr": nil]`.
    public init(dictionaryLiteral elements: (String, String?)...) {
        self.init(elements.map { SIPParameter($0.0, $0.1) })
    }
}
