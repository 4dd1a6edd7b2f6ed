public import Base
import Synchronization

/// Asks the directory for users and groups, through the providers like every other look-up.
///
/// Users of the configuration files are kept, merged, for as long as their snapshot is in force. Users that a
/// provider sent are kept only when their `cacheable` attribute says so: for as many milliseconds as it says, or,
/// where it is not a number, until ``flush(user:domain:)``.
public final class DirectoryLookup: Sendable {
    private struct Key: Hashable {
        let user: String
        let domain: String
    }

    private struct Cached {
        let user: DirectoryUser
        let expiry: MonotonicInstant
    }

    private struct State {
        var generation: UInt64 = 0
        var domains: [String: DirectoryDomain] = [:]
        var files: BoundedCache<Key, DirectoryUser>
        var answers: BoundedCache<Key, Cached>
    }

    /// How many users each of the two caches keeps.
    public static let maximumCachedUsers = 10_000

    /// How many members of a group are asked for that its document only points to.
    static let pointerLimit = 500

    private let registry: XMLRegistry
    private let now: @Sendable () -> MonotonicInstant
    private let state: Mutex<State>

    /// A directory behind a registry.
    ///
    /// - Parameters:
    ///   - capacity: How many users each of the two caches keeps.
    ///   - now: The clock that `cacheable` times are measured on.
    public init(
        _ registry: XMLRegistry,
        capacity: Int = maximumCachedUsers,
        now: @escaping @Sendable () -> MonotonicInstant
    ) {
        (self.registry, self.now) = (registry, now)
        state = Mutex(State(files: BoundedCache(capacity: capacity), answers: BoundedCache(capacity: capacity)))
    }

    /// The user of a domain whose `id` or `number-alias` is `id`.
    ///
    /// - Parameters:
    ///   - origin: What asks, as providers are told.
    ///   - parameters: What providers are told beside `key`, `user`, `domain` and `ip`, such as
    ///     `("action", "sip_auth")`; what is given here comes first.
    ///   - address: Where the user is.
    public func user(
        _ id: String,
        domain: String,
        origin: LookUpOrigin? = nil,
        parameters: [(String, String)] = [],
        at address: IPAddress? = nil
    ) async -> DirectoryUser? {
        await lookUp(id, domain: domain, origin: origin, parameters: parameters, at: address).found
    }

    /// The same with whether it is known that there is no such user.
    public func lookUp(
        _ id: String,
        domain: String,
        origin: LookUpOrigin? = nil,
        parameters: [(String, String)] = [],
        at address: IPAddress? = nil
    ) async -> LookUpResult<DirectoryUser> {
        let key = Key(user: id.foldedASCII, domain: domain.foldedASCII)
        if let known = cached(key) { return .found(known) }
        var question = (origin ?? .user).parameters + parameters
        question += [("key", "id"), ("user", id), ("domain", domain)]
        if let address { question.append(("ip", address.description)) }
        return await result(for: domain, parameters: question).flatMap { user(id, key, in: $0) }
    }

    private func user(_ id: String, _ key: Key, in answer: XMLRegistry.Answer) -> DirectoryUser? {
        guard let snapshot = answer.snapshot else {
            let found = DirectoryDomain(answer.node).user(id)
            if let found { keep(found, for: key) }
            return found
        }
        if let known = state.withLock({ $0.generation == snapshot.generation ? $0.files[key] : nil }) { return known }
        guard let found = self.domain(of: answer, snapshot: snapshot).user(id) else { return nil }
        state.withLock { state in
            if state.generation == snapshot.generation { state.files.insert(found, for: key) }
        }
        return found
    }

    /// The user of a domain whose `ip` attribute is `address`.
    public func user(
        at address: IPAddress,
        domain: String,
        parameters: [(String, String)] = []
    ) async -> DirectoryUser? {
        let question = parameters + [("key", "ip"), ("domain", domain), ("ip", address.description)]
        return await self.domain(domain, origin: .user, parameters: question)?.user(at: address)
    }

    /// The members of a group in the order written; `nil` when the domain or the group does not exist.
    ///
    /// A provider may send pointers without the users: those are asked for one by one, ``pointerLimit`` at most. A pointer
    /// to a user who does not exist is left out.
    public func members(of group: String, domain: String) async -> [DirectoryUser]? {
        let question = [("group", group), ("action", "group_call"), ("group_name", group), ("domain", domain)]
        let found = await self.domain(domain, origin: Self.groupCall, parameters: question)
        guard let entries = found?.entries(of: group) else { return nil }
        var members: [DirectoryUser] = []
        var followed = 0
        for entry in entries {
            switch entry {
            case .user(let user): members.append(user)
            case .pointer(let id):
                guard followed < Self.pointerLimit else { continue }
                followed += 1
                if let user = await user(id, domain: domain, parameters: [("action", "user_call")]) {
                    members.append(user)
                }
            }
        }
        return members
    }

    private static let groupCall = LookUpOrigin("mod_commands.c", "group_call_function")

    /// A whole domain, such as for its own parameters or to list its users.
    ///
    /// - Parameters:
    ///   - origin: What asks, as providers are told.
    ///   - parameters: What providers are told; `domain` when it is nothing else.
    public func domain(
        _ name: String,
        origin: LookUpOrigin? = nil,
        parameters: [(String, String)]? = nil
    ) async -> DirectoryDomain? {
        let question = (origin ?? .domain).parameters + (parameters ?? [("domain", name)])
        guard let answer = await result(for: name, parameters: question).found else { return nil }
        guard let snapshot = answer.snapshot else { return DirectoryDomain(answer.node) }
        return domain(of: answer, snapshot: snapshot)
    }

    /// Forgets users that providers sent; both names may be left out.
    ///
    /// - Returns: How many were forgotten.
    @discardableResult
    public func flush(user: String? = nil, domain: String? = nil) -> Int {
        let (user, domain) = (user?.foldedASCII, domain?.foldedASCII)
        return state.withLock { state in
            state.answers.removeAll { key, _ in (user ?? key.user) == key.user && (domain ?? key.domain) == key.domain }
        }
    }

    // MARK: -

    private func result(
        for domain: String,
        parameters: [(String, String)]
    ) async -> LookUpResult<XMLRegistry.Answer> {
        await registry.result(section: .directory, tag: "domain", key: "name", value: domain, parameters: parameters)
    }

    private func cached(_ key: Key) -> DirectoryUser? {
        guard let known = state.withLock({ $0.answers[key] }) else { return nil }
        return known.expiry > now() ? known.user : nil
    }

    private func keep(_ user: DirectoryUser, for key: Key) {
        guard let cacheable = user.node.nonEmpty(attribute: "cacheable") else { return }
        var expiry = MonotonicInstant.distantFuture
        if let milliseconds = Int64(cacheable) {
            guard milliseconds > 0 else { return }
            expiry = now() + .milliseconds(milliseconds)
        }
        state.withLock { $0.answers.insert(Cached(user: user, expiry: expiry), for: key) }
    }

    /// The index of a domain of the files, built once a snapshot.
    private func domain(of answer: XMLRegistry.Answer, snapshot: ConfigurationSnapshot) -> DirectoryDomain {
        let name = answer.node[attribute: "name"]?.foldedASCII ?? ""
        let known: DirectoryDomain? = state.withLock { state in
            if state.generation < snapshot.generation {
                let capacity = state.files.capacity
                state = State(
                    generation: snapshot.generation,
                    files: BoundedCache(capacity: capacity),
                    answers: state.answers
                )
            }
            return state.generation == snapshot.generation ? state.domains[name] : nil
        }
        if let known { return known }
        let built = DirectoryDomain(answer.node)
        state.withLock { state in
            if state.generation == snapshot.generation { state.domains[name] = built }
        }
        return built
    }
}
