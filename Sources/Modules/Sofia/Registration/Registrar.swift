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

    /// How many contacts a profile keeps altogether.
    static let limit = 200_000
    /// What a REGISTER that says nothing gets, in seconds; less behind a NAT, whose binding would be gone.
    static let defaultExpiry = 300
    static let defaultExpiryBehindNAT = 30

    private let limitPerUser: Int
    private var bindings: [Key: [Registration]] = [:]
    private var deadlines = TimerQueue<Key>()
    private var deadlineSet: MonotonicInstant?
    /// How many contacts there are.
    private(set) var count = 0

    init(limitPerUser: Int) {
        self.limitPerUser = limitPerUser
    }

    // MARK: - REGISTER

    /// Carries out a REGISTER: adds, refreshes and removes contacts, or only tells them.
    mutating func update(_ request: RegistrationRequest, at now: MonotonicInstant) -> RegistrationOutcome {
        let message = request.message
        let key = Key(request.user, request.domain)
        if message.isContactStar {
            // RFC 3261 §10.3 step 6: a star removes all, and only with an Expires of 0.
            guard message.expires == 0 else { return .refused(400, []) }
            return .bindings([], removeAll(key))
        }
        var changes: [RegistrationChange] = []
        for contact in message.contacts {
            guard contact.uri.isSIP else { return .refused(400, []) }
            let asked = contact["expires"].flatMap { Int($0) } ?? message.expires
            if asked == 0 {
                changes += remove(key, contact.uri)
                continue
            }
            let isBehindNAT = Self.isBehindNAT(contact.uri, request.flow)
            let expires = Self.expiry(asked, isBehindNAT: isBehindNAT, request)
            guard expires >= request.configuration.registration.minimumExpiry else {
                return .refused(
                    423,
                    [SIPHeaderLine(.minExpires, String(request.configuration.registration.minimumExpiry))]
                )
            }
            let registration = Self.make(contact.uri, request, expires: expires, isBehindNAT: isBehindNAT, now)
            guard let change = insert(registration, key, request.configuration) else {
                return .refused(count >= Self.limit ? 503 : 403, [])
            }
            changes += change
        }
        return .bindings(live(key, now), changes)
    }

    private static func make(
        _ contact: SIPURI,
        _ request: RegistrationRequest,
        expires: Int,
        isBehindNAT: Bool,
        _ now: MonotonicInstant
    ) -> Registration {
        let end = now + .seconds(expires)
        return Registration(
            user: request.user,
            domain: request.domain,
            contact: contact,
            flow: request.flow,
            isBehindNAT: isBehindNAT,
            path: request.message.addresses(.path),
            callID: request.message.callID,
            cseq: request.message.cseq,
            expires: expires,
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
        guard let address = IPAddress(contact.hostText) else { return false }
        return address != flow.remote.address
    }

    /// Adds or refreshes a contact; `nil` when there are too many.
    private mutating func insert(
        _ registration: Registration,
        _ key: Key,
        _ configuration: ProfileConfiguration
    ) -> [RegistrationChange]? {
        var list = bindings[key] ?? []
        var changes: [RegistrationChange] = []
        if let index = list.firstIndex(where: { Self.isSame($0, registration, configuration) }) {
            list[index] = registration
            changes.append(RegistrationChange(kind: .refreshed, registration: registration))
        } else {
            if case .replace = configuration.registration.multipleRegistrations {
                changes += list.map { RegistrationChange(kind: .removed, registration: $0) }
                count -= list.count
                list = []
            }
            guard list.count < limitPerUser, count < Self.limit else { return nil }
            list.append(registration)
            count += 1
            changes.append(RegistrationChange(kind: .added, registration: registration))
        }
        bindings[key] = list
        deadlines.set(key, at: registration.forgottenAt)
        return changes
    }

    private static func isSame(_ old: Registration, _ new: Registration, _ configuration: ProfileConfiguration) -> Bool
    {
        switch configuration.registration.multipleRegistrations {
        case .byCallID: old.callID == new.callID
        case .byContact, .replace: old.contact.isEquivalent(to: new.contact) || old.callID == new.callID
        }
    }

    private mutating func remove(_ key: Key, _ contact: SIPURI) -> [RegistrationChange] {
        let gone = (bindings[key] ?? []).filter { $0.contact.isEquivalent(to: contact) }
        guard !gone.isEmpty else { return [] }
        keep(key) { !$0.contact.isEquivalent(to: contact) }
        return gone.map { RegistrationChange(kind: .removed, registration: $0) }
    }

    private mutating func removeAll(_ key: Key) -> [RegistrationChange] {
        let gone = bindings[key] ?? []
        keep(key) { _ in false }
        return gone.map { RegistrationChange(kind: .removed, registration: $0) }
    }

    private mutating func keep(_ key: Key, where isKept: (Registration) -> Bool) {
        guard let list = bindings[key] else { return }
        let kept = list.filter(isKept)
        count -= list.count - kept.count
        bindings[key] = kept.isEmpty ? nil : kept
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
            let gone = (bindings[key] ?? []).filter { $0.forgottenAt <= now }
            guard !gone.isEmpty else { continue }
            changes += gone.map { RegistrationChange(kind: .expired, registration: $0) }
            keep(key) { $0.forgottenAt > now }
        }
        return changes
    }

    // MARK: - Look-ups

    /// The contacts of a user, the newest first.
    func contacts(of user: String, domain: String) -> [Registration] {
        (bindings[Key(user, domain)] ?? []).reversed()
    }

    /// Every contact.
    var all: [Registration] { bindings.values.flatMap { $0 } }

    private func live(_ key: Key, _ now: MonotonicInstant) -> [Registration] {
        (bindings[key] ?? []).filter { $0.expiresAt > now }
    }
}
