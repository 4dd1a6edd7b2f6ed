import Base

/// Commands in memcached's binary protocol.
extension MemcachedCommand {
    /// What is sent.
    var binaryBytes: [UInt8] {
        switch self {
        case .get(let keys): return Self.gets(keys, mark: 0)
        case .getNumbered(let keys): return Self.gets(keys, mark: BinaryFrame.numbered)
        case .store(let storing, let item, let seconds):
            var extras: [UInt8] = []
            extras.append(bigEndian: item.flags)
            extras.append(bigEndian: seconds < 0 ? BinaryFrame.past : UInt32(clamping: seconds))
            return Self.frame(storing.opcode, item.key, extras, item.value)
        case .touch(let key, let seconds): return Self.frame(.touch, key, Self.time(seconds))
        case .delete(let key): return Self.frame(.delete, key)
        case .increment(let key, let step): return Self.counting(.increment, key, step)
        case .decrement(let key, let step): return Self.counting(.decrement, key, step)
        case .flush(let seconds): return Self.frame(.flush, "", seconds > 0 ? Self.time(seconds) : [])
        case .statistics: return Self.frame(.statistics)
        case .version: return Self.frame(.version)
        case .authenticate(let who):
            // RFC 4616: nobody on whose behalf, the user, the password.
            return Self.frame(.authenticate, "PLAIN", [], Array("\0\(who.user)\0\(who.password)".utf8))
        }
    }

    /// Asks for each key, and for something that is always answered after them.
    private static func gets(_ keys: [String], mark: UInt32) -> [UInt8] {
        keys.reduce(into: []) { $0 += frame(.getQuietly, $1, mark: mark) } + frame(.noOperation)
    }

    private static func counting(_ opcode: BinaryFrame.Opcode, _ key: String, _ step: UInt64) -> [UInt8] {
        var extras: [UInt8] = []
        extras.append(bigEndian: step)
        extras.append(bigEndian: UInt64(0))
        extras.append(bigEndian: BinaryFrame.notMade)
        return frame(opcode, key, extras)
    }

    private static func time(_ seconds: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: UInt32(clamping: seconds))
        return bytes
    }

    private static func frame(
        _ opcode: BinaryFrame.Opcode,
        _ key: String = "",
        _ extras: [UInt8] = [],
        _ value: [UInt8] = [],
        mark: UInt32 = 0
    ) -> [UInt8] {
        let key = key.utf8
        var bytes: [UInt8] = [BinaryFrame.request, opcode.rawValue]
        bytes.reserveCapacity(BinaryFrame.headLength + extras.count + key.count + value.count)
        bytes.append(bigEndian: UInt16(clamping: key.count))
        bytes += [UInt8(clamping: extras.count), 0, 0, 0]
        bytes.append(bigEndian: UInt32(clamping: extras.count + key.count + value.count))
        bytes.append(bigEndian: mark)
        bytes.append(bigEndian: UInt64(0))
        bytes += extras
        bytes += key
        bytes += value
        return bytes
    }
}

extension MemcachedCommand.Storing {
    fileprivate var opcode: BinaryFrame.Opcode {
        switch self {
        case .set: .set
        case .add: .add
        case .replace: .replace
        }
    }
}
