import Glibc
import Synchronization

/// The names of this machine's users and groups.
///
/// Asking for one may take a while (a directory service), so that what was asked is kept.
public final class OwnerNames: Sendable {
    /// The most names that are kept of each kind.
    static let mostKept = 4096
    /// The most bytes that a user's or group's entry may take.
    private static let entryBytes = 65_536

    private struct Known {
        var users: [UInt32: String] = [:]
        var groups: [UInt32: String] = [:]
        var userNumbers: [String: UInt32?] = [:]
        var groupNumbers: [String: UInt32?] = [:]
    }

    private let known = Mutex(Known())

    /// Nothing is known yet.
    public init() {}

    /// Forgets everything: users were added or removed.
    public func forget() { known.withLock { $0 = Known() } }

    /// The name of a user; empty when there is none.
    func user(_ number: UInt32) -> String {
        if let name = known.withLock({ $0.users[number] }) { return name }
        let name = Self.lookUpUser(number)
        known.withLock { Self.keep(name, number, in: &$0.users) }
        return name
    }

    /// The name of a group; empty when there is none.
    func group(_ number: UInt32) -> String {
        if let name = known.withLock({ $0.groups[number] }) { return name }
        let name = Self.lookUpGroup(number)
        known.withLock { Self.keep(name, number, in: &$0.groups) }
        return name
    }

    /// The number of a user; `nil` when this machine has none by that name.
    func userNumber(_ name: String) -> UInt32? {
        if let number = known.withLock({ $0.userNumbers[name] }) { return number }
        let number = Self.lookUpUser(named: name)
        known.withLock { Self.keep(number, name, in: &$0.userNumbers) }
        return number
    }

    /// The number of a group; `nil` when this machine has none by that name.
    func groupNumber(_ name: String) -> UInt32? {
        if let number = known.withLock({ $0.groupNumbers[name] }) { return number }
        let number = Self.lookUpGroup(named: name)
        known.withLock { Self.keep(number, name, in: &$0.groupNumbers) }
        return number
    }

    private static func keep<Key: Hashable, Value>(_ value: Value, _ key: Key, in kept: inout [Key: Value]) {
        // A peer may make up as many names as it likes.
        if kept.count >= mostKept { kept.removeAll(keepingCapacity: true) }
        kept[key] = value
    }

    private static func lookUpUser(_ number: UInt32) -> String {
        var entry = unsafe passwd()
        return unsafe withBuffer { buffer, count in
            var found: UnsafeMutablePointer<passwd>?
            let isDone = unsafe getpwuid_r(number, &entry, buffer, count, &found) == 0
            guard isDone, let found = unsafe found else { return "" }
            return unsafe text(found.pointee.pw_name)
        }
    }

    private static func lookUpGroup(_ number: UInt32) -> String {
        var entry = unsafe Glibc.group()
        return unsafe withBuffer { buffer, count in
            var found: UnsafeMutablePointer<Glibc.group>?
            let isDone = unsafe getgrgid_r(number, &entry, buffer, count, &found) == 0
            guard isDone, let found = unsafe found else { return "" }
            return unsafe text(found.pointee.gr_name)
        }
    }

    private static func lookUpUser(named name: String) -> UInt32? {
        guard isName(name) else { return nil }
        var entry = unsafe passwd()
        return unsafe withBuffer { buffer, count in
            var found: UnsafeMutablePointer<passwd>?
            let isDone = unsafe getpwnam_r(name, &entry, buffer, count, &found) == 0
            guard isDone, let found = unsafe found else { return nil }
            return unsafe found.pointee.pw_uid
        }
    }

    private static func lookUpGroup(named name: String) -> UInt32? {
        guard isName(name) else { return nil }
        var entry = unsafe Glibc.group()
        return unsafe withBuffer { buffer, count in
            var found: UnsafeMutablePointer<Glibc.group>?
            let isDone = unsafe getgrnam_r(name, &entry, buffer, count, &found) == 0
            guard isDone, let found = unsafe found else { return nil }
            return unsafe found.pointee.gr_gid
        }
    }

    /// Whether a directory service may be asked for it: nothing that could end a field or a line.
    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 64
            && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "/") }
    }

    private static func withBuffer<Result>(_ body: (UnsafeMutablePointer<CChar>, Int) -> Result) -> Result {
        let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: entryBytes)
        defer { unsafe buffer.deallocate() }
        return unsafe body(buffer, entryBytes)
    }

    private static func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
        guard let pointer = unsafe pointer else { return "" }
        return unsafe String(cString: pointer)
    }
}
