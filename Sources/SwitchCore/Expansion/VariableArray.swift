/// FreeSWITCH's text form of array values: `ARRAY::a|:b|:c`.
///
/// The form is what events, CDRs and `${name}` without an index show. It has no escape: an element that contains `|:`
/// reads back as two.
public enum VariableArray {
    /// The largest index that may be assigned.
    public static let maximumIndex = 4000

    private static let prefix = "ARRAY::"

    /// Whether a value is in array form.
    public static func isArray(_ value: String) -> Bool { value.utf8.starts(with: prefix.utf8) }

    /// The elements of a value; a plain value is an array of one.
    public static func elements(of value: String) -> [String] {
        guard isArray(value) else { return [value] }
        var elements: [String] = []
        var start = value.utf8.index(value.utf8.startIndex, offsetBy: prefix.utf8.count)
        let bytes = value.utf8
        var index = start
        while index < bytes.endIndex {
            let next = bytes.index(after: index)
            if bytes[index] == UInt8(ascii: "|"), next < bytes.endIndex, bytes[next] == UInt8(ascii: ":"),
                elements.count < maximumIndex
            {
                elements.append(String(value[start..<index]))
                index = bytes.index(after: next)
                start = index
            } else {
                index = next
            }
        }
        elements.append(String(value[start...]))
        return elements
    }

    /// One element of a value, or nil when there is none at this index.
    public static func element(_ index: Int, of value: String) -> String? {
        let elements = elements(of: value)
        return elements.indices.contains(index) ? elements[index] : nil
    }

    /// The text that stores the elements; a single element is stored plainly, none as empty text.
    public static func text(of elements: [String]) -> String {
        if elements.isEmpty { return "" }
        if elements.count == 1, let only = elements.first { return only }
        return prefix + elements.joined(separator: "|:")
    }
}
