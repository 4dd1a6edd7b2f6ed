/// The values of a statement as libpq takes them: pointers into one buffer.
///
/// The server finds the types out, from what a value is compared with or put into: so the same text may be given for a
/// column of any type.
struct PostgreSQLParameters {
    /// The values one after the other, texts with a NUL after them.
    private var buffer: [UInt8] = []
    /// Where each value begins; NULL has no beginning.
    private var starts: [Int?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    /// The most values that a statement may have: the protocol counts them in 16 bits.
    static let limit = Int(UInt16.max)

    init(_ values: [SQLValue]) throws(DatabaseError) {
        guard values.count <= Self.limit else {
            throw DatabaseError(.statement, "a statement with more than \(Self.limit) values")
        }
        for value in values {
            switch value {
            case .null: append(nil)
            case .bytes(let bytes): append(bytes, isBinary: true)
            case .boolean(let truth): append(Array((truth ? "t" : "f").utf8))
            case .integer(let number): append(Array("\(number)".utf8))
            case .real(let number): append(Array("\(number)".utf8))
            case .text(let text):
                guard !text.utf8.contains(0) else { throw DatabaseError(.value, "PostgreSQL keeps no text with a NUL") }
                append(Array(text.utf8))
            }
        }
    }

    private mutating func append(_ bytes: [UInt8]?, isBinary: Bool = false) {
        starts.append(bytes == nil ? nil : buffer.count)
        lengths.append(Int32(clamping: bytes?.count ?? 0))
        formats.append(isBinary ? 1 : 0)
        buffer += bytes ?? []
        buffer.append(0)
    }

    /// What libpq's functions take: how many there are, the values, their lengths and their formats.
    typealias Pointers = (
        count: Int32, values: UnsafePointer<UnsafePointer<CChar>?>?, lengths: UnsafePointer<Int32>?,
        formats: UnsafePointer<Int32>?
    )

    func withPointers<Result>(_ body: (Pointers) -> Result) -> Result {
        buffer.withUnsafeBytes { bytes in
            let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            let values = starts.map { start in start.flatMap { base?.advanced(by: $0) } }
            return values.withUnsafeBufferPointer { values in
                lengths.withUnsafeBufferPointer { lengths in
                    formats.withUnsafeBufferPointer { formats in
                        body((Int32(values.count), values.baseAddress, lengths.baseAddress, formats.baseAddress))
                    }
                }
            }
        }
    }
}
