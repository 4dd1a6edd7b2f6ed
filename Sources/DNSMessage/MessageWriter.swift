import Base

/// Writes a message, with names that point to earlier ones, and not longer than it may be.
struct MessageWriter {
    /// How many places are remembered that a later name may point to.
    private static let maximumPlaces = 128
    /// Pointers have 14 bits (RFC 1035 §4.1.4).
    private static let highestPlace = 0x3FFF

    private(set) var bytes: [UInt8] = []
    /// How long the message may become.
    var limit: Int
    private var places: [UInt16] = []

    init(limit: Int) {
        self.limit = limit
        bytes.reserveCapacity(512)
        places.reserveCapacity(16)
    }

    mutating func replace(number16 value: UInt16, at index: Int) {
        bytes[index] = UInt8(truncatingIfNeeded: value >> 8)
        bytes[index + 1] = UInt8(truncatingIfNeeded: value)
    }

    mutating func append(number16 value: UInt16) { bytes.append(bigEndian: value) }

    /// Takes over a question as it came.
    mutating func append(question: ArraySlice<UInt8>, name: DomainName) {
        var index = 0
        while index < name.wire.count, name.wire[index] != 0 {
            remember(bytes.count + index)
            index += Int(name.wire[index]) + 1
        }
        bytes += question
    }

    mutating func append(_ question: DNSQuestion) {
        append(question.name)
        append(number16: question.type.rawValue)
        append(number16: question.recordClass)
    }

    /// Appends a record, or leaves everything as it was when there is no room for it.
    mutating func append(_ record: ResourceRecord) -> Bool {
        append(record.name, record.data, ttl: record.ttl, class: record.recordClass)
    }

    mutating func append(_ name: DomainName, _ data: RecordData, ttl: UInt32, class recordClass: UInt16) -> Bool {
        let (length, known) = (bytes.count, places.count)
        append(name)
        bytes.append(bigEndian: data.type.rawValue)
        bytes.append(bigEndian: recordClass)
        bytes.append(bigEndian: ttl)
        let lengthIndex = bytes.count
        bytes.append(bigEndian: UInt16(0))
        append(data)
        let dataLength = bytes.count - lengthIndex - 2
        guard bytes.count <= limit, let dataLength = UInt16(exactly: dataLength) else {
            bytes.removeLast(bytes.count - length)
            places.removeLast(places.count - known)
            return false
        }
        replace(number16: dataLength, at: lengthIndex)
        return true
    }

    mutating func append(_ edns: EDNS) { edns.write(to: &bytes) }

    // MARK: - Data

    private mutating func append(_ data: RecordData) {
        switch data {
        case .address(let address):
            if address.family == .v4 {
                bytes.append(bigEndian: UInt32(truncatingIfNeeded: address.low))
            } else {
                bytes += address.bytes
            }
        case .ns(let name), .cname(let name), .ptr(let name): append(name)
        case .soa(let soa):
            append(soa.server)
            append(soa.mailbox)
            for number in [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum] {
                bytes.append(bigEndian: number)
            }
        case .txt(let strings):
            for string in strings { append(string: string) }
            if strings.isEmpty { bytes.append(0) }
        case .srv(let srv):
            bytes.append(bigEndian: srv.priority)
            bytes.append(bigEndian: srv.weight)
            bytes.append(bigEndian: srv.port)
            // Not compressed: RFC 2782, "Target"; the same for the replacement of RFC 3403 §4.1.
            bytes += srv.target.wire
        case .naptr(let naptr):
            bytes.append(bigEndian: naptr.order)
            bytes.append(bigEndian: naptr.preference)
            for text in [naptr.flags, naptr.services, naptr.expression] { append(string: Array(text.utf8)) }
            bytes += naptr.replacement.wire
        case .other(_, let data): bytes += data
        }
    }

    /// A string after its length; of one that is too long the first 255 bytes.
    private mutating func append(string: [UInt8]) {
        bytes.append(UInt8(truncatingIfNeeded: min(string.count, 255)))
        bytes += string.prefix(255)
    }

    // MARK: - Names

    private mutating func append(_ name: DomainName) {
        let wire = name.wire
        var index = 0
        while index < wire.count, wire[index] != 0 {
            if let place = places.first(where: { matches(wire, from: index, at: Int($0)) }) {
                bytes.append(bigEndian: 0xC000 | place)
                return
            }
            remember(bytes.count)
            let end = min(index + Int(wire[index]) + 1, wire.count)
            bytes += wire[index..<end]
            index = end
        }
        bytes.append(0)
    }

    private mutating func remember(_ place: Int) {
        if place <= Self.highestPlace, places.count < Self.maximumPlaces {
            places.append(UInt16(truncatingIfNeeded: place))
        }
    }

    /// Whether the rest of a name stands at a place in the message already, in the same letters.
    private func matches(_ wire: [UInt8], from start: Int, at place: Int) -> Bool {
        var (index, position) = (start, place)
        while position < bytes.count {
            while bytes[position] & 0xC0 == 0xC0 {
                guard position + 1 < bytes.count else { return false }
                let target = Int(bytes[position] & 0x3F) << 8 | Int(bytes[position + 1])
                // Ours lead back always.
                guard target < position else { return false }
                position = target
            }
            let length = Int(bytes[position])
            guard index < wire.count, Int(wire[index]) == length else { return false }
            if length == 0 { return true }
            guard index + length < wire.count, position + length < bytes.count else { return false }
            for offset in 1...length where wire[index + offset] != bytes[position + offset] { return false }
            index += length + 1
            position += length + 1
        }
        return false
    }
}
