internal import CMariaDB

/// The rows of a statement that has been carried out: a place in memory for each column, into which one row after the
/// other is read.
final class MariaDBResult {
    private let statement: UnsafeMutablePointer<MYSQL_STMT>
    private let names: [String]
    private let kinds: [Kind]
    private let bindings: UnsafeMutableBufferPointer<MYSQL_BIND>
    private let cells: UnsafeMutableBufferPointer<Cell>

    /// What becomes of a column's values.
    private enum Kind {
        case integer(isUnsigned: Bool)
        case real
        case bits
        case text
        case bytes
    }

    /// What libmariadb writes of one value.
    ///
    /// Most texts are short, and are here as a whole.
    private struct Cell {
        typealias Storage = (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)
        var storage: Storage = (0, 0, 0, 0, 0, 0, 0, 0)
        var length: UInt = 0
        var isNull: my_bool = 0
        var isTruncated: my_bool = 0

        static let capacity = MemoryLayout<Storage>.size
    }

    /// - Returns: `nil` when the statement gives no rows.
    init?(_ statement: UnsafeMutablePointer<MYSQL_STMT>) throws(DatabaseError) {
        guard let description = mysql_stmt_result_metadata(statement) else { return nil }
        defer { mysql_free_result(description) }
        let fields = UnsafeBufferPointer(
            start: mysql_fetch_fields(description),
            count: Int(mysql_num_fields(description))
        )
        self.statement = statement
        names = fields.map { field in field.name.map { String(cString: $0) } ?? "" }
        kinds = fields.map(Self.kind)
        bindings = .allocate(capacity: fields.count)
        bindings.initialize(repeating: MYSQL_BIND())
        cells = .allocate(capacity: fields.count)
        cells.initialize(repeating: Cell())
        for index in fields.indices { bind(index) }
        guard mysql_stmt_bind_result(statement, bindings.baseAddress) == 0 else {
            throw DatabaseError(mariaDBStatement: statement)
        }
    }

    deinit {
        bindings.deallocate()
        cells.deallocate()
    }

    private static let binaryCharacterSet: UInt32 = 63

    private static func kind(_ field: MYSQL_FIELD) -> Kind {
        switch field.type {
        case MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_INT24, MYSQL_TYPE_LONG, MYSQL_TYPE_LONGLONG, MYSQL_TYPE_YEAR:
            .integer(isUnsigned: field.flags & UInt32(UNSIGNED_FLAG) != 0)
        case MYSQL_TYPE_FLOAT, MYSQL_TYPE_DOUBLE: .real
        case MYSQL_TYPE_BIT: .bits
        case MYSQL_TYPE_TINY_BLOB, MYSQL_TYPE_MEDIUM_BLOB, MYSQL_TYPE_LONG_BLOB, MYSQL_TYPE_BLOB, MYSQL_TYPE_VAR_STRING,
            MYSQL_TYPE_STRING, MYSQL_TYPE_VARCHAR:
            field.charsetnr == binaryCharacterSet ? .bytes : .text
        // Decimals, dates and times: a number of the machine's would lose some of them.
        default: .text
        }
    }

    private func bind(_ index: Int) {
        let cell = cells.baseAddress.map { $0 + index }
        bindings[index].buffer = cell.flatMap { UnsafeMutableRawPointer($0.pointer(to: \.storage)) }
        bindings[index].length = cell.flatMap { $0.pointer(to: \.length) }
        bindings[index].is_null = cell.flatMap { $0.pointer(to: \.isNull) }
        bindings[index].error = cell.flatMap { $0.pointer(to: \.isTruncated) }
        bindings[index].buffer_length = UInt(Cell.capacity)
        switch kinds[index] {
        case .integer(let isUnsigned):
            bindings[index].buffer_type = MYSQL_TYPE_LONGLONG
            bindings[index].is_unsigned = isUnsigned ? 1 : 0
        case .real: bindings[index].buffer_type = MYSQL_TYPE_DOUBLE
        case .text: bindings[index].buffer_type = MYSQL_TYPE_STRING
        case .bits, .bytes: bindings[index].buffer_type = MYSQL_TYPE_BLOB
        }
    }

    /// The next row, `nil` after the last one.
    func next() throws(DatabaseError) -> DatabaseRow? {
        switch mysql_stmt_fetch(statement) {
        case 0, MYSQL_DATA_TRUNCATED: break
        case MYSQL_NO_DATA: return nil
        default: throw DatabaseError(mariaDBStatement: statement)
        }
        var values: [SQLValue] = []
        values.reserveCapacity(kinds.count)
        for index in kinds.indices { values.append(try value(index)) }
        return DatabaseRow(columns: names, values: values)
    }

    private func value(_ index: Int) throws(DatabaseError) -> SQLValue {
        guard cells[index].isNull == 0 else { return .null }
        let bits = cells[index].storage.0
        switch kinds[index] {
        case .integer(isUnsigned: true): return Int64(exactly: bits).map { .integer($0) } ?? .text(String(bits))
        case .integer: return .integer(Int64(bitPattern: bits))
        case .real: return .real(Double(bitPattern: bits))
        case .text: return .text(String(decoding: try bytes(index), as: UTF8.self))
        case .bytes: return .bytes(try bytes(index))
        case .bits: return .integer(Int64(bitPattern: try bytes(index).reduce(0) { $0 << 8 | UInt64($1) }))
        }
    }

    private func bytes(_ index: Int) throws(DatabaseError) -> [UInt8] {
        let length = Int(clamping: cells[index].length)
        guard length > Cell.capacity else {
            return withUnsafeBytes(of: cells[index].storage) { Array($0.prefix(length)) }
        }
        // The row is still in libmariadb's memory: this only copies the value.
        var isRead = false
        let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            var (binding, copied, isTruncated) = (MYSQL_BIND(), UInt(0), my_bool(0))
            withUnsafeMutablePointer(to: &copied) { copied in
                withUnsafeMutablePointer(to: &isTruncated) { isTruncated in
                    binding.buffer_type = bindings[index].buffer_type
                    binding.buffer = UnsafeMutableRawPointer(buffer.baseAddress)
                    binding.buffer_length = UInt(length)
                    (binding.length, binding.error) = (copied, isTruncated)
                    isRead = mysql_stmt_fetch_column(statement, &binding, UInt32(index), 0) == 0
                }
            }
            count = isRead ? length : 0
        }
        guard isRead else { throw DatabaseError(mariaDBStatement: statement) }
        return bytes
    }
}
