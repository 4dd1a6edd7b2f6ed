/// The changes of registrations that a database does not have yet: bounded, the newest of each contact.
struct RegistrationChanges: Sendable {
    /// Names an address-of-record, in small letters.
    struct User: Hashable, Sendable {
        let user: String
        let domain: String

        init(_ user: String, _ domain: String) {
            (self.user, self.domain) = (user.lowercased(), domain.lowercased())
        }
    }

    /// How many users there are changes of at most; with more, everything is written anew.
    static let limit = 100_000

    private(set) var users: [User: [String: RegistrationRecord.Change]] = [:]
    private(set) var isEverything = false

    var isEmpty: Bool { users.isEmpty && !isEverything }

    /// All of them, a user's after each other.
    var all: [RegistrationRecord.Change] { users.values.flatMap(\.values) }

    mutating func note(_ change: RegistrationRecord.Change) {
        guard !isEverything else { return }
        let user = User(change.record.user, change.record.domain)
        guard users[user] != nil || users.count < Self.limit else {
            noteEverything()
            return
        }
        users[user, default: [:]][change.record.contact] = change
    }

    /// All rows have to be written anew.
    mutating func noteEverything() {
        (users, isEverything) = ([:], true)
    }

    /// Whether the database may not have what it should of a user.
    func concern(_ user: User) -> Bool { isEverything || users[user] != nil }

    /// Puts back what could not be written; what has come up since is newer.
    mutating func putBack(_ older: RegistrationChanges) {
        guard !isEverything else { return }
        guard !older.isEverything else {
            noteEverything()
            return
        }
        for (user, changes) in older.users {
            guard users[user] != nil || users.count < Self.limit else {
                noteEverything()
                return
            }
            users[user, default: [:]].merge(changes) { newer, _ in newer }
        }
    }
}
