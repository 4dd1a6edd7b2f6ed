/// Variables that live only while one application runs: `%[a=b,c=d]data`, or `%X[a=bXc=d]data` with another separator.
public enum ScopeVariables {
    /// Takes the brackets off an application's data; without them the data is returned as it is.
    public static func split(_ data: String) -> (variables: [DialVariable], data: String) {
        let bytes = Array(data.utf8)
        guard bytes.count > 2, bytes[0] == UInt8(ascii: "%") else { return ([], data) }
        let hasDelimiter = bytes[1] != UInt8(ascii: "[")
        let open = hasDelimiter ? 2 : 1
        guard bytes[open] == UInt8(ascii: "["), let close = closingBracket(in: bytes, from: open) else {
            return ([], data)
        }
        let delimiter = hasDelimiter ? bytes[1] : UInt8(ascii: ",")
        let variables = DialVariable.list(bytes[(open + 1)..<close], delimiter: delimiter)
        return (variables, String(decoding: bytes[(close + 1)...], as: UTF8.self))
    }

    private static func closingBracket(in bytes: [UInt8], from open: Int) -> Int? {
        var depth = 0
        for index in open..<bytes.count {
            if bytes[index] == UInt8(ascii: "[") { depth += 1 }
            if bytes[index] == UInt8(ascii: "]") {
                depth -= 1
                if depth == 0 { return index }
            }
        }
        return nil
    }
}
