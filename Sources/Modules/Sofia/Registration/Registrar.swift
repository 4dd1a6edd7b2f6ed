import Base
import SIP
import SwitchCore
import XMLConfig

/// The registrations of one profile (RFC 3261 §10.3): sans-IO, bounded, ordered by when they end.
struct Registrar: Sendable {
    /// Names an address-of-record; host and user compare without case, as phones write them either way.
    private struct Key: Hashable, Sendable {
        let text: String

        init(_ user: String, _ domain: String) {
            text = user.lowercased() + "@" + domain.lowercased()
        }
    }

    /// A user's contacts.
    private struct Contacts: Sendable {
        var list: [Registration] = []
        /// The deadline that is in the queue; later ones there are stale.
        var scheduled: MonotonicInstant?
    }

    /// Why a REGISTER is refused.
    private struct Refusal: Error {
        var status: Int
        var headers: [SIPHeaderLine] = []
    }

    /// How many contacts a profile keeps altogether, and of how many users.
    static let limit = 200_000
    /// What a REGISTER that says nothing gets, in seconds; less behind a NAT, whose binding would be gone.
    static let defaultExpiry = 300
    static let defaultExpiryBehindNAT = 30

    private var limitPerUser: Int
    private var users: [Key: Contacts] = [:]
    private var deadlines = TimerQueue<Key>()
    private var deadlineSet: MonotonicInstant?
    /// How many contacts there are.
    private(set) var count = 0

    init(limitPerUser: Int) {
        self.limitPerUser = limitPerUser
    }

    // MARK: - REGISTER

    /// Carries out a REGISTER: adds, refreshes and removes contacts, or only tells them.
    ///
    /// All of its changes are made, or none (RFC 3261 §10.3).
    ///
    /// - Parameter elsewhere: How many contacts of the user other nodes have.
    mutating func update(
        _ request: RegistrationRequest,
        elsewhere: Int = 0,
        at now: MonotonicInstant
    ) -> RegistrationOutcome {
        let key = Key(request.user, request.domain)
        let known = users[key]
        var draft = RegistrationDraft(known?.list ?? [])
        do throws(Refusal) {
            try apply(request, to: &draft, at: now)
            let hasMore = draft.list.count > known?.list.count ?? 0
            guard draft.list.count + (hasMore ? elsewhere : 0) <= limitPerUser else { throw Refusal(status: 403) }
            let newCount = count + draft.list.count - (known?.list.count ?? 0)
            guard newCount <= max(Self.limit, count), known != nil || draft.list.isEmpty || users.count < Self.limit
            else {
                throw Refusal(status: 503, headers: [SIPHeaderLine(.retryAfter, "60")])
            }
        } catch {
            return .refused(error.status, error.headers)
        }
        if !draft.changes.isEmpty { keep(draft.list, of: key) }
        return .bindings(draft.list.filter { $0.expiresAt > now }, draft.changes)
    }

    private func apply(
        _ request: RegistrationRequest,
        to draft: inout RegistrationDraft,
        at now: MonotonicInstant
    ) throws(Refusal) {
        let message = request.message
        let contacts = message.contacts
        guard message.isContactStar || !contacts.isEmpty else { return }
        // RFC 3261 §10.3 step 7: a later REGISTER of the same phone has overtaken this one.
        let (callID, cseq) = (message.callID, message.cseq)
        guard !draft.list.contains(where: { $0.callID == callID && $0.cseq > cseq }) else {
            throw Refusal(status: 500)
        }
        if message.isContactStar {
            // RFC 3261 §10.3 step 6: a star removes all, and only with an Expires of 0.
            guard message.expires == 0 else { throw Refusal(status: 400) }
            draft.remove { _ in true }
            return
        }
        for contact in contacts {
            guard contact.uri.isSIP else { throw Refusal(status: 400) }
            let asked = Self.lifetime(of: contact, in: message)
            if asked == 0 {
                draft.remove { $0.contact.isEquivalent(to: contact.uri) }
                continue
            }
            let isBehindNAT = Self.isBehindNAT(contact.uri, request.flow)
            let expires = Self.expiry(asked, isBehindNAT: isBehindNAT, request)
            let minimum = request.configuration.registration.minimumExpiry
            guard expires >= minimum else {
                throw Refusal(status: 423, headers: [SIPHeaderLine(.minExpires, String(minimum))])
            }
            draft.put(
                Self.make(contact, request, expires: expires, isBehindNAT: isBehindNAT, now),
                request.configuration.registration.multipleRegistrations
            )
        }
    }

    /// What a REGISTER asks for a contact, in seconds; `nil` when it leaves that to us.
    static func lifetime(of contact: NameAddress, in message: SIPMessage) -> Int? {
        contact["expires"].flatMap(seconds) ?? message.expires
    }

    /// A number of seconds; one that is too long for SIP means the longest (RFC 3261 §20.19).
    private static func seconds(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0.decimalDigit != nil }) else { return nil }
        return Int(UInt32(text) ?? .max)
    }

    private mutating func keep(_ list: [Registration], of key: Key) {
        count += list.count - (users[key]?.list.count ?? 0)
        users[key, default: Contacts()].list = list
        schedule(key)
    }

    /// Puts one deadline for a user into the queue, however often a phone refreshes its contact.
    private mutating func schedule(_ key: Key) {
        guard var contacts = users[key] else { return }
        guard let next = contacts.list.map(\.forgottenAt).min() else {
            // The entry stays until the deadline that is in the queue, so that there are not more of them than users.
            if contacts.scheduled == nil { users[key] = nil }
            return
        }
        if let scheduled = contacts.scheduled, scheduled <= next { return }
        contacts.scheduled = next
        users[key] = contacts
        deadlines.set(key, at: next)
    }

    static func make(
        _ contact: NameAddress,
        _ request: RegistrationRequest,
        expires: Int,
        isBehindNAT: Bool,
        _ now: MonotonicInstant
    ) -> Registration {
        let end = now + .seconds(expires)
        return Registration(
            user: request.user,
            domain: request.domain,
            contact: contact.uri,
            displayName: contact.displayName,
            flow: request.flow,
            isBehindNAT: isBehindNAT,
            callID: request.message.callID,
            cseq: request.message.cseq,
            expires: expires,
            registeredAt: now,
            expiresAt: end,
            forgottenAt: end + .seconds(request.configuration.registration.expiryMargin),
            userAgent: request.message.first(.userAgent) ?? "",
            username: request.account?.username ?? request.user,
            realm: request.account?.realm ?? request.domain
        )
    }

    private static func expiry(_ asked: Int?, isBehindNAT: Bool, _ request: RegistrationRequest) -> Int {
        let own = request.account?.user.variables["sip-force-expires"].flatMap { Int($0) }
        if let forced = own ?? request.configuration.registration.forcedExpiry { return max(forced, 1) }
        let wanted = asked ?? (isBehindNAT ? defaultExpiryBehindNAT : defaultExpiry)
        return min(wanted, request.configuration.registration.maximumExpiry)
    }

    /// Whether the contact names another address than the one that its registration came from.
    static func isBehindNAT(_ contact: SIPURI, _ flow: SIPFlow) -> Bool {
        guard case .address(let address) = contact.host else { return false }
        return address != flow.remote.address
    }

    /// Takes in what an earlier run has left; contacts that are there already are newer.
    mutating func restore(_ registrations: [Registration]) {
        for registration in registrations {
            let key = Key(registration.user, registration.domain)
            var list = users[key]?.list ?? []
            guard count < Self.limit, list.count < limitPerUser,
                !list.contains(where: { $0.contact.isEquivalent(to: registration.contact) })
            else { continue }
            list.insert(registration, at: 0)
            keep(list, of: key)
        }
    }

    // MARK: - Time

    /// When `expire` should be called next, where no timer is set for it yet.
    mutating func nextDeadlineToSet() -> MonotonicInstant? {
        guard let next = deadlines.nextDeadline else {
            deadlineSet = nil
            return nil
        }
        if let deadlineSet, deadlineSet <= next { return nil }
        deadlineSet = next
        return next
    }

    /// Forgets what has ended.
    mutating func expire(at now: MonotonicInstant) -> [RegistrationChange] {
        deadlineSet = nil
        var changes: [RegistrationChange] = []
        while let key = deadlines.popExpired(now: now) {
            guard let contacts = users[key], let scheduled = contacts.scheduled, scheduled <= now else { continue }
            users[key]?.scheduled = nil
            var draft = RegistrationDraft(contacts.list)
            draft.remove(as: .expired) { $0.forgottenAt <= now }
            changes += draft.changes
            keep(draft.list, of: key)
        }
        return changes
    }

    /// Forgets the contacts for which this holds.
    mutating func remove(where isGone: (Registration) -> Bool) -> [RegistrationChange] {
        var changes: [RegistrationChange] = []
        for (key, contacts) in users where contacts.list.contains(where: isGone) {
            var draft = RegistrationDraft(contacts.list)
            draft.remove(as: .expired, where: isGone)
            changes += draft.changes
            keep(draft.list, of: key)
        }
        return changes
    }

    /// Takes over what another one knew.
    mutating func adopt(_ other: Registrar) {
        let limit = limitPerUser
        self = other
        (limitPerUser, deadlineSet) = (limit, nil)
    }

    // MARK: - Look-ups

    /// The contacts of a user, the newest first.
    func contacts(of user: String, domain: String) -> [Registration] {
        (users[Key(user, domain)]?.list ?? []).reversed()
    }

    /// Every contact.
    var all: [Registration] { users.values.flatMap(\.list) }

    /// The contacts of one of so many parts, without a copy of the others.
    func contacts(inPart part: Int, of parts: Int) -> [Registration] {
        users.values.lazy.flatMap(\.list).filter { registration in
            Int(truncatingIfNeeded: UInt(bitPattern: registration.contact.hashValue) % UInt(max(parts, 1))) == part
        }
    }

    /// How many deadlines are set, those included that nobody waits for any more.
    var timerCount: Int { deadlines.count }
}
