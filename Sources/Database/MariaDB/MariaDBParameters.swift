internal import CMariaDB

/// The values of a statement as libmariadb takes them, in memory that stays where it is.
final class MariaDBParameters {
    private let bindings: UnsafeMutableBufferPointer<MYSQL_BIND>
    private let numbers: UnsafeMutableBufferPointer<UInt64>
    private let texts: UnsafeMutableBufferPointer<UInt8>

    init(_ values: [SQLValue]) {
        bindings = .allocate(capacity: values.count)
        bindings.initialize(repeating: MYSQL_BIND())
        numbers = .allocate(capacity: values.count)
        numbers.initialize(repeating: 0)
        let bytes = values.map { $0.bytes ?? [] }
        texts = .allocate(capacity: bytes.reduce(0) { $0 + $1.count })
        var offset = 0
        for (index, value) in values.enumerated() {
            switch value {
            case .null: bindings[index].buffer_type = MYSQL_TYPE_NULL
            case .integer(let number): setNumber(index, UInt64(bitPattern: number), MYSQL_TYPE_LONGLONG)
            case .boolean(let truth): setNumber(index, truth ? 1 : 0, MYSQL_TYPE_LONGLONG)
            case .real(let number): setNumber(index, number.bitPattern, MYSQL_TYPE_DOUBLE)
            case .text: setBytes(index, bytes[index], at: &offset, MYSQL_TYPE_STRING)
            case .bytes: setBytes(index, bytes[index], at: &offset, MYSQL_TYPE_BLOB)
            }
        }
    }

    deinit {
        bindings.deallocate()
        numbers.deallocate()
        texts.deallocate()
    }

    private func setNumber(_ index: Int, _ number: UInt64, _ type: enum_field_types) {
        numbers[index] = number
        bindings[index].buffer_type = type
        bindings[index].buffer = numbers.baseAddress.map { UnsafeMutableRawPointer($0 + index) }
    }

    private func setBytes(_ index: Int, _ bytes: [UInt8], at offset: inout Int, _ type: enum_field_types) {
        _ = UnsafeMutableBufferPointer(rebasing: texts[offset...]).initialize(from: bytes)
        bindings[index].buffer_type = type
        bindings[index].buffer = texts.baseAddress.map { UnsafeMutableRawPointer($0 + offset) }
        bindings[index].buffer_length = UInt(bytes.count)
        bindings[index].length_value = UInt(bytes.count)
        offset += bytes.count
    }

    /// Gives them to a statement, which reads them when it is carried out; they have to live until then.
    func bind(to statement: UnsafeMutablePointer<MYSQL_STMT>) -> Bool {
        bindings.isEmpty || mysql_stmt_bind_param(statement, bindings.baseAddress) == 0
    }
}
