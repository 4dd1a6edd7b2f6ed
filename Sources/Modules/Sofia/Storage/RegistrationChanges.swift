/// The changes of registrations that a database does not have yet: bounded, the newest of each contact.
struct RegistrationChanges: Sendable {
    /// Names a row of this node's.
    private struct Key: Hashable, Comparable {
        let user: String
        let domain: String
        let contact: String

        init(_ record: RegistrationRecord) {
            (user, domain, contact) = (record.user, record.domain, record.contact)
        }

        static func < (one: Key, other: Key) -> Bool {
            (one.domain, one.user, one.contact) < (other.domain, other.user, other.contact)
        }
    }

    /// How many changes there are at most; with more, everything is written anew.
    static let limit = 100_000

    private var changes: [Key: RegistrationRecord.Change] = [:]
    /// The users whose contacts have changed.
    private var users: Set<[String]> = []
    private(set) var isEverything = false

    var isEmpty: Bool { changes.isEmpty && !isEverything }

    /// All of them in one order that all nodes have: two that write the same rows in another order would stand in each
    /// other's way.
    var all: [RegistrationRecord.Change] { changes.sorted { $0.key < $1.key }.map(\.value) }

    mutating func note(_ change: RegistrationRecord.Change) {
        guard !isEverything else { return }
        let key = Key(change.record)
        guard changes[key] != nil || changes.count < Self.limit else {
            noteEverything()
            return
        }
        changes[key] = change
        users.insert([key.user, key.domain])
    }

    /// Whether there may be something to write about a user, whose name and domain are in small letters.
    func include(_ user: String, _ domain: String) -> Bool { isEverything || users.contains([user, domain]) }

    /// All rows have to be written anew.
    mutating func noteEverything() {
        (changes, users, isEverything) = ([:], [], true)
    }

    /// Puts back what could not be written; what has come up since is newer.
    mutating func putBack(_ older: RegistrationChanges) {
        guard !isEverything else { return }
        guard !older.isEverything else {
            noteEverything()
            return
        }
        changes.merge(older.changes) { newer, _ in newer }
        users.formUnion(older.users)
        if changes.count > Self.limit { noteEverything() }
    }
}
