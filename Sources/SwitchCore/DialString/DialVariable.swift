internal import Base

/// One `name=value` of a dial string's brackets.
public struct DialVariable: Sendable, Hashable {
    /// The name; names differ without regard to case.
    public var name: String
    /// The value without quotes and escapes; it may be empty.
    public var value: String

    /// Makes a variable.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// The `name=value` items of a bracket's content, which may choose its own delimiter with `^^X`.
    ///
    /// An item without `=` is left out.
    static func list(_ content: ArraySlice<UInt8>, delimiter: UInt8 = UInt8(ascii: ",")) -> [DialVariable] {
        let (content, delimiter) = ListSplitter.chosenDelimiter(content, or: delimiter)
        return ListSplitter.split(content, by: delimiter, limit: DialString.maximumVariables + 1).compactMap { item in
            guard let equals = item.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let name = ListSplitter.clean(item[..<equals], delimiter: delimiter)
            let value = ListSplitter.clean(item[(equals + 1)...], delimiter: delimiter)
            return name.isEmpty ? nil : DialVariable(name: name, value: value)
        }
    }
}

extension [DialVariable] {
    /// The value of a name.
    public subscript(name name: String) -> String? {
        first { $0.name.equalsIgnoringASCIICase(name) }?.value
    }

    /// Sets a value, replacing that of the same name.
    public mutating func set(_ variable: DialVariable) {
        if let index = firstIndex(where: { $0.name.equalsIgnoringASCIICase(variable.name) }) {
            self[index].value = variable.value
        } else {
            append(variable)
        }
    }
}
