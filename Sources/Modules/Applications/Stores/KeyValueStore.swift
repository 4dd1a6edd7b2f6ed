import Base
import Synchronization

/// Values by realm and key, in memory: what `hash` and `db` keep.
final class KeyValueStore: Sendable {
    /// Why a value was not stored or not deleted.
    enum Refusal: Error, Equatable {
        case exists, missing, different, full
    }

    /// How many values there may be.
    static let limit = 100_000
    /// How long a value may be, in bytes.
    static let valueLimit = 64 << 10

    private let realms = Mutex<[String: [String: String]]>([:])

    /// The value of a key.
    subscript(realm: String, key: String) -> String? {
        realms.withLock { $0[realm]?[key] }
    }

    /// Stores a value, in the place of one that is there unless `ifEmpty`.
    func insert(_ value: String, _ realm: String, _ key: String, ifEmpty: Bool = false) throws(Refusal) {
        let outcome: Result<Void, Refusal> = realms.withLock { realms in
            let old = realms[realm]?[key]
            if ifEmpty, old != nil { return .failure(.exists) }
            guard value.utf8.count <= Self.valueLimit else { return .failure(.full) }
            // Counting realms is cheap: there is one for a domain and purpose.
            guard old != nil || realms.values.reduce(0, { $0 + $1.count }) < Self.limit else { return .failure(.full) }
            realms[realm, default: [:]][key] = value
            return .success(())
        }
        try outcome.get()
    }

    /// Deletes a value, when it is `expected` where that is given.
    func delete(_ realm: String, _ key: String, ifEqualTo expected: String? = nil) throws(Refusal) {
        let outcome: Result<Void, Refusal> = realms.withLock { realms in
            guard let old = realms[realm]?[key] else { return .failure(.missing) }
            if let expected, expected != old { return .failure(.different) }
            realms[realm]?[key] = nil
            if realms[realm]?.isEmpty == true { realms[realm] = nil }
            return .success(())
        }
        try outcome.get()
    }

    /// The keys of a realm in alphabetical order; the realms themselves without one.
    func names(in realm: String?) -> [String] {
        realms.withLock { realms in
            guard let realm else { return realms.keys.sorted() }
            return realms[realm]?.keys.sorted() ?? []
        }
    }

    /// Everything, by realm and key.
    var all: [(realm: String, key: String, value: String)] {
        realms.withLock { $0 }.sorted { $0.key < $1.key }.flatMap { realm, values in
            values.sorted { $0.key < $1.key }.map { (realm, $0.key, $0.value) }
        }
    }
}

/// The parts of `insert/realm/key/value`.
struct StoreRequest {
    let verb: String
    let realm: String
    /// It may be empty: a caller without a number is kept under that.
    let key: String?
    /// What follows the key: a value may have slashes in it.
    let value: String?

    init?(_ text: String) {
        var parts = ListSplitter.split(text, by: "/", limit: 4)
        if parts.count == 2, text.hasSuffix("/") { parts.append("") }
        guard let first = parts.first, !first.isEmpty else { return nil }
        verb = first.lowercased()
        realm = parts.count > 1 ? parts[1] : ""
        key = parts.count > 2 ? parts[2] : nil
        value = parts.count > 3 ? parts[3] : nil
    }
}
