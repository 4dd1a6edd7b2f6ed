import Base
import SIP
import Testing

@testable import Sofia

/// What waits for a database.
struct RegistrationChangesTests {
    private static func change(
        _ user: String,
        _ contact: String = "10.0.0.16",
        expires: Int64 = 60,
        isGone: Bool = false
    ) throws -> RegistrationRecord.Change {
        let record = try #require(Self.record(user, contact, expires: expires))
        return RegistrationRecord.Change(kind: isGone ? .removed : .kept(isOnly: false), record: record, time: .zero)
    }

    private static func record(_ user: String, _ contact: String, expires: Int64 = 60) -> RegistrationRecord? {
        let registration = Registration.made(of: user, contact: contact, domain: "PBX.example", callID: "call")
        return RegistrationRecord(registration, expires: expires)
    }

    /// What is to be written: contacts with when they expire, or that they are gone.
    private static func texts(_ changes: RegistrationChanges) -> [String] {
        changes.all.map { change in
            "\(change.record.contact.drop { $0 != "<" }) \(change.kind == .removed ? "gone" : "\(change.record.expires)")"
        }
    }

    @Test func keepsTheNewestOfEachContact() throws {
        var changes = RegistrationChanges()
        changes.note(try Self.change("bob", expires: 60))
        changes.note(try Self.change("ann", expires: 60))
        changes.note(try Self.change("ann", expires: 120))
        // Spelled otherwise it is another contact of the same user.
        changes.note(try Self.change("Ann", isGone: true))
        // In one order, whichever they came in.
        #expect(
            Self.texts(changes) == ["<sip:Ann@10.0.0.16> gone", "<sip:ann@10.0.0.16> 120", "<sip:bob@10.0.0.16> 60"]
        )
    }

    @Test func putsBackWhatIsNotNewer() throws {
        var older = RegistrationChanges()
        older.note(try Self.change("ann", expires: 60))
        older.note(try Self.change("bob", expires: 60))
        var changes = RegistrationChanges()
        changes.note(try Self.change("ann", expires: 120))
        changes.putBack(older)
        #expect(Self.texts(changes) == ["<sip:ann@10.0.0.16> 120", "<sip:bob@10.0.0.16> 60"])
    }

    @Test func becomesEverythingWhenItIsTooMuch() throws {
        var changes = RegistrationChanges()
        // One user's contacts count as much as those of many.
        for number in 0..<RegistrationChanges.limit { changes.note(try Self.change("ann", "host\(number).example")) }
        #expect(!changes.isEverything)
        changes.note(try Self.change("ann", "host0.example", isGone: true))
        #expect(!changes.isEverything)
        changes.note(try Self.change("ann", "one.more"))
        #expect(changes.isEverything && changes.all.isEmpty && !changes.isEmpty)
        var newer = RegistrationChanges()
        newer.note(try Self.change("ann"))
        newer.putBack(changes)
        #expect(newer.isEverything)
    }

    /// What has no place in a table is not kept: it would hold up all the others.
    @Test(arguments: [(1, true), (900, true), (1024, false), (4000, false)])
    func leavesOutWhatIsTooLong(length: Int, isKept: Bool) {
        let host = String(repeating: "a", count: length)
        #expect((Self.record("ann", host) != nil) == isKept)
    }
}
