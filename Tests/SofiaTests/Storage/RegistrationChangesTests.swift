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
    ) -> RegistrationRecord.Change {
        let registration = Registration(
            user: user,
            domain: "PBX.example",
            contact: SIPURI(user: user, host: SIPHost(contact)),
            displayName: nil,
            flow: SIPFlow(
                transport: .udp,
                local: IPEndpoint(.loopbackV4, port: 5060),
                remote: IPEndpoint(.loopbackV4, port: 5070)
            ),
            isBehindNAT: false,
            callID: "call",
            cseq: 1,
            expires: 60,
            expiresAt: .distantFuture,
            forgottenAt: .distantFuture,
            userAgent: "",
            username: user,
            realm: "PBX.example"
        )
        let record = RegistrationRecord(registration, expires: expires)
        return RegistrationRecord.Change(kind: isGone ? .removed : .kept(isOnly: false), record: record)
    }

    @Test func keepsTheNewestOfEachContact() {
        var changes = RegistrationChanges()
        changes.note(Self.change("Ann", expires: 60))
        changes.note(Self.change("ann", expires: 120))
        #expect(changes.users.count == 1)
        // Spelled otherwise it is another contact of the same user.
        #expect(changes.all.count == 2)
        changes.note(Self.change("Ann", isGone: true))
        #expect(changes.all.count == 2)
        #expect(Set(changes.all.map(\.kind)) == [.removed, .kept(isOnly: false)])
        #expect(changes.concern(RegistrationChanges.User("ANN", "pbx.EXAMPLE")))
        #expect(!changes.concern(RegistrationChanges.User("bob", "pbx.example")))
    }

    @Test func putsBackWhatIsNotNewer() {
        var older = RegistrationChanges()
        older.note(Self.change("ann", expires: 60))
        older.note(Self.change("bob", expires: 60))
        var changes = RegistrationChanges()
        changes.note(Self.change("ann", expires: 120))
        changes.putBack(older)
        #expect(Set(changes.all) == [Self.change("ann", expires: 120), Self.change("bob", expires: 60)])
        #expect(!changes.all.contains(Self.change("ann", expires: 60)))
    }

    @Test func becomesEverythingWhenItIsTooMuch() {
        var changes = RegistrationChanges()
        for number in 0..<RegistrationChanges.limit { changes.note(Self.change("\(number)")) }
        #expect(!changes.isEverything)
        changes.note(Self.change("0", isGone: true))
        #expect(!changes.isEverything)
        changes.note(Self.change("one more"))
        #expect(changes.isEverything && changes.all.isEmpty && !changes.isEmpty)
        var newer = RegistrationChanges()
        newer.note(Self.change("ann"))
        newer.putBack(changes)
        #expect(newer.isEverything)
    }
}
