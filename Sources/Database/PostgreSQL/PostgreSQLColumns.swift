internal import CLibPQ

/// The columns of a result, and what its texts mean.
struct PostgreSQLColumns {
    private let names: [String]
    private let types: [Oid]

    init(_ result: OpaquePointer) {
        let columns = 0..<PQnfields(result)
        names = columns.map { PQfname(result, $0).map { String(cString: $0) } ?? "" }
        types = columns.map { PQftype(result, $0) }
    }

    /// The one row of a result.
    func row(_ result: OpaquePointer) -> DatabaseRow {
        let values = types.enumerated().map { index, type -> SQLValue in
            let column = Int32(index)
            guard PQgetisnull(result, 0, column) == 0, let text = PQgetvalue(result, 0, column) else { return .null }
            return Self.value(text, Int(PQgetlength(result, 0, column)), type)
        }
        return DatabaseRow(columns: names, values: values)
    }

    /// The numbers of the types in the server's catalogue, which never change.
    private enum Number {
        static let boolean: Oid = 16
        static let bytes: Oid = 17
        static let integers: ClosedRange<Oid> = 20...23
        static let objectIdentifier: Oid = 26
        static let reals: ClosedRange<Oid> = 700...701
    }

    private static func value(_ text: UnsafeMutablePointer<CChar>, _ length: Int, _ type: Oid) -> SQLValue {
        switch type {
        case Number.boolean: return .boolean(text.pointee == CChar(UInt8(ascii: "t")))
        case Number.bytes: return .bytes(bytes(text))
        default: break
        }
        let bytes = UnsafeRawBufferPointer(start: text, count: length)
        let text = String(decoding: bytes, as: UTF8.self)
        // A decimal stays a text: a number of the machine's would lose some of it.
        return switch type {
        case Number.integers, Number.objectIdentifier: Int64(text).map { .integer($0) } ?? .text(text)
        case Number.reals: Double(text).map { .real($0) } ?? .text(text)
        default: .text(text)
        }
    }

    private static func bytes(_ text: UnsafeMutablePointer<CChar>) -> [UInt8] {
        var count = 0
        let bytes = text.withMemoryRebound(to: UInt8.self, capacity: 1) { PQunescapeBytea($0, &count) }
        defer { PQfreemem(bytes) }
        return Array(UnsafeBufferPointer(start: bytes, count: bytes == nil ? 0 : count))
    }
}
