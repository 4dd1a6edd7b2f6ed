public import Base
import Synchronization

/// Keeps what is dear to load: in memory, in servers that other processes ask too, and where neither has it, it is loaded
/// once for all who want it.
///
///     memory ──not there──► servers ──not there──► one process loads ──► both
///        │ past its lifetime: given, and loaded again beside
///        └ cannot be loaded: given for as long as that is allowed
///
/// Whatever the servers do, a look-up takes no longer than the limits of their client let it.
public final class LayeredCache<Value: Sendable>: Sendable {
    /// Loads something; `nil` where there is nothing.
    public typealias Load = @Sendable () async throws -> Value?

    private struct Flight: Sendable {
        let id: UInt64
        let group: String
        let section: String
        /// Whether it may load; one that may not is nobody's but its source's.
        let isAdmitted: Bool
        let task: Task<Value?, any Error>
    }

    private struct State: Sendable {
        var memory: MemoryShelves<Value>
        var nothing: MemoryLevel<Value>
        var flights: [String: Flight] = [:]
        var nextFlight: UInt64 = 0
        /// How many flights there are of each source.
        var ofSource: [String: Int] = [:]
        /// How many things are on their way to the servers.
        var stores = 0
        var untold: UntoldNews
        var untoldEntries = UntoldEntries()
        /// The entries that were carried out here, of whichever way of telling.
        var carriedOut = RecentWords()
        var history = ForgetHistory()
        var budgets: UnknownBudgets
        var counts = CacheCounts()

        mutating func find(_ name: String, at now: MonotonicInstant) -> Found {
            if let entry = memory.find(name) {
                if now < entry.believed {
                    counts.memory += 1
                    return .fresh(entry.value)
                }
                guard now >= entry.fresh, now < entry.stale else { return .nothing }
                counts.stale += 1
                return .stale(entry.value)
            }
            guard let entry = nothing.find(name), now < entry.fresh else { return .nothing }
            counts.negative += 1
            return .fresh(nil)
        }

        /// What is told in the place of too much was carried out here piece by piece.
        mutating func noteUntold() {
            if let entry = untoldEntries.waiting.last { _ = carriedOut.isNew(entry.identifier) }
        }
    }

    private enum Found {
        case fresh(Value?)
        case stale(Value?)
        case nothing
    }

    let settings: CacheSettings
    let codec: CacheCodec<Value>
    let remote: RemoteLevel?
    let table: (any ForgetTable)?
    /// Since when there may be something in memory.
    let begun: MonotonicInstant
    /// All sections that keys are of.
    let sections: [String]
    private let clock: @Sendable () -> MonotonicInstant
    private let state: Mutex<State>

    /// An empty cache.
    ///
    /// - Parameters:
    ///   - sections: All sections that keys are of: what is forgotten where it is not known what has changed.
    ///   - remote: The servers; `nil` where there are none.
    ///   - table: Where other processes are told what is to be forgotten, beside the servers.
    public init(
        _ codec: CacheCodec<Value>,
        sections: [String] = [],
        settings: CacheSettings = CacheSettings(),
        remote: RemoteLevel? = nil,
        table: (any ForgetTable)? = nil,
        clock: @escaping @Sendable () -> MonotonicInstant = { .now }
    ) {
        (self.settings, self.codec, self.sections, self.clock) = (settings, codec, sections, clock)
        var remote = remote
        remote?.generationSeconds = settings.generationSeconds
        self.remote = remote
        (self.table, begun) = (table, clock())
        state = Mutex(
            State(
                memory: MemoryShelves(settings),
                nothing: MemoryLevel(countLimit: settings.negativeEntries, costLimit: .max),
                untold: UntoldNews(sections: sections),
                budgets: UnknownBudgets(settings)
            )
        )
    }

    /// What it has done so far.
    public var counts: CacheCounts { state.withLock { $0.counts } }

    /// How many things memory has, and about how many bytes they are.
    public var size: (entries: Int, bytes: Int) { state.withLock { ($0.memory.count, $0.memory.cost) } }

    /// How many servers have not taken yet what they have to tell others.
    public var untold: Int { indebtedServers.count }

    /// How much of what was forgotten here the table has not taken yet.
    public var untoldEntries: Int { state.withLock { $0.untoldEntries.count } }

    /// How the servers are.
    public var servers: [MemcachedClient.ServerStatus] { remote?.client.status ?? [] }

    // MARK: - Asking

    /// What there is under a key; `nil` where there is nothing.
    ///
    /// - Parameters:
    ///   - source: Who asks, which may ask for so many unknown things only; `nil` where nobody chooses what is asked for.
    ///   - load: Loads it; it is run once for all who ask meanwhile, and goes on when they do not want it any more.
    /// - Throws: Whatever loading throws, or a ``CacheFault``, where there is nothing that may be given instead.
    public func value(for key: CacheKey, from source: CacheSource? = nil, load: @escaping Load) async throws -> Value? {
        let found = state.withLock { $0.find(key.name, at: clock()) }
        switch found {
        case .fresh(let value): return value
        case .stale(let value):
            // Whoever asks next has it loaded, where there is no room for that now.
            _ = try? join(key, isRefresh: true, source: source, load)
            return value
        case .nothing: break
        }
        let task: Task<Value?, any Error>
        do {
            guard let joined = try join(key, isRefresh: false, source: source, load) else { return try refuse(key) }
            task = joined
        } catch {
            // The others hang as well, as a database does, and this need not wait for it.
            guard let fault = error as? CacheFault, fault != .tooMuchUnknown, let entry = spare(key) else {
                throw error
            }
            return entry.value
        }
        // A database that hangs is no reason to wait, where one that refuses would be none. Loading goes on beside.
        guard hasSpare(key), await !task.ends(within: settings.sparePatience), let entry = spare(key) else {
            return try await task.value
        }
        return entry.value
    }

    private func hasSpare(_ key: CacheKey) -> Bool {
        state.withLock { state in state.memory.find(key.name).map { clock() < $0.spare } ?? false }
    }

    /// Somebody who looks for it, or did already; `nil` where nobody may.
    private func join(
        _ key: CacheKey,
        isRefresh: Bool,
        source: CacheSource?,
        _ load: @escaping Load
    ) throws -> Task<Value?, any Error>? {
        try state.withLock { state in
            let isAdmitted = source.map { state.budgets.admits($0, at: clock()) } ?? true
            if let flight = state.flights[key.name], flight.isAdmitted || !isAdmitted {
                if !isRefresh { state.counts.joined += 1 }
                return flight.task
            }
            // There is nowhere to look for it but where it may not be looked for.
            guard isAdmitted || remote != nil && !key.isOfCallers else { return nil }
            guard state.flights.count < settings.loads else { throw CacheFault.tooManyLoads }
            if let address = source?.address {
                let count = state.ofSource[address, default: 0]
                guard count < settings.loadsOfSource else { throw CacheFault.tooManyLoadsOfSource }
                state.ofSource[address] = count + 1
            }
            state.nextFlight &+= 1
            let flight = CacheFlight(
                cache: self,
                key: key,
                id: state.nextFlight,
                moment: state.history.now,
                isRefresh: isRefresh,
                isAdmitted: isAdmitted,
                source: source,
                load: load
            )
            let task = Task { try await flight.run() }
            state.flights[key.name] = Flight(
                id: flight.id,
                group: key.group,
                section: key.section,
                isAdmitted: isAdmitted,
                task: task
            )
            return task
        }
    }

    // MARK: - For flights

    var now: MonotonicInstant { clock() }

    /// Something in memory that counts still, whatever the servers would say.
    func standing(_ key: CacheKey) -> MemoryLevel<Value>.Entry? {
        state.withLock { state in
            let now = clock()
            guard let entry = state.memory.find(key.name), now < entry.fresh else { return nil }
            let believed = min(entry.fresh, now + settings.memoryLifetime)
            state.memory.update(key.name) { $0.believed = believed }
            state.counts.memory += 1
            return entry
        }
    }

    /// Something that may be given as it cannot be loaded; it counts for a moment then.
    func spare(_ key: CacheKey) -> MemoryLevel<Value>.Entry? {
        state.withLock { state in
            let now = clock()
            guard let entry = state.memory.find(key.name), now < entry.spare else { return nil }
            let end = now + settings.errorPause
            state.memory.update(key.name) { ($0.believed, $0.fresh) = (end, max($0.fresh, end)) }
            state.counts.stale += 1
            return entry
        }
    }

    /// What memory has, however old it is, as long as it may be given.
    func kept(_ key: CacheKey) -> Value? {
        state.withLock { state in
            guard let entry = state.memory.find(key.name), clock() < entry.spare else { return nil }
            return entry.value
        }
    }

    /// What is given to a source that has no tries left: what memory has, which is not loaded again for it.
    func refuse(_ key: CacheKey) throws(CacheFault) -> Value? {
        count { $0.refused += 1 }
        guard let value = kept(key) else { throw .tooMuchUnknown }
        return value
    }

    /// Keeps something, unless it was to be forgotten since the flight began.
    func keep(_ entry: MemoryLevel<Value>.Entry, since moment: UInt64) {
        state.withLock { state in
            let tags = [entry.key.section, entry.key.group] + entry.tags
            guard !state.history.forgot(tags, since: moment) else { return }
            var entry = entry
            if state.history.isInDoubt(since: moment) {
                guard entry.value != nil else { return }
                entry.doubt(at: clock())
            }
            if entry.value == nil {
                state.memory.remove(entry.key.name)
                state.nothing.insert(entry)
            } else {
                state.nothing.remove(entry.key.name)
                state.memory.insert(entry)
            }
        }
    }

    /// A look-up of a source's has found nothing, or something that there is for everything that is asked for.
    public func charge(_ source: CacheSource?) {
        guard let source else { return }
        state.withLock { $0.budgets.charge(source, at: clock()) }
    }

    func count(_ change: (inout CacheCounts) -> Void) {
        state.withLock { change(&$0.counts) }
    }

    func land(_ key: CacheKey, _ id: UInt64, of source: CacheSource?) {
        state.withLock { state in
            if state.flights[key.name]?.id == id { state.flights[key.name] = nil }
            guard let address = source?.address, let count = state.ofSource[address] else { return }
            state.ofSource[address] = count > 1 ? count - 1 : nil
        }
    }

    /// Whether any of these was forgotten so lately that the source may not know of it yet.
    func isSettling(_ tags: [String]) -> Bool {
        guard settings.settling > .zero else { return false }
        return state.withLock { $0.history.forgot(tags, within: settings.settling, before: clock()) }
    }

    /// Whether one more thing may be on its way to the servers.
    func beginStoring() -> Bool {
        state.withLock { state in
            guard state.stores < settings.stores else { return false }
            state.stores += 1
            return true
        }
    }

    func endStoring() { state.withLock { $0.stores -= 1 } }

    /// Whether an entry has not been carried out here; it counts as that from now on.
    func isNews(_ identifier: String) -> Bool { state.withLock { $0.carriedOut.isNew(identifier) } }

    // MARK: - Servers that have to be told

    var indebtedServers: [Int] { state.withLock { $0.untold.servers } }

    func owe(_ what: ForgottenTags, to server: Int) { state.withLock { $0.untold.add(what, for: server) } }

    func takeDebt(of server: Int) -> ForgottenTags? { state.withLock { $0.untold.take(server) } }

    // MARK: - A table that has to be told

    /// Has the table told something that was carried out here.
    func post(_ entry: ForgetEntry) {
        state.withLock { state in
            _ = state.carriedOut.isNew(entry.identifier)
            state.untoldEntries.add(entry)
            state.noteUntold()
        }
    }

    func takeUntold() -> [ForgetEntry] { state.withLock { $0.untoldEntries.take() } }

    func told(_ entries: [ForgetEntry]) { state.withLock { $0.untoldEntries.told(entries) } }

    func refused(_ entries: [ForgetEntry], isLasting: Bool) {
        state.withLock { state in
            state.untoldEntries.refused(entries, isLasting: isLasting)
            state.noteUntold()
        }
    }

    // MARK: - Forgetting

    /// Forgets groups, and sections, in memory; what is being loaded from before is given to those who wait, and not kept.
    ///
    /// - Returns: How many things were forgotten.
    @discardableResult
    public func forgetInMemory(groups: [String], sections: [String] = []) -> Int {
        state.withLock { state in
            let tags = groups + sections
            state.history.note(tags, at: clock())
            let count = tags.reduce(0) { count, tag in
                _ = state.nothing.removeAll(tagged: tag)
                return count + state.memory.removeAll(tagged: tag)
            }
            // What else something is forgotten with is known only when it is loaded: nobody joins it who asks from now on.
            let concerned = Set(tags + tags.map { String($0.prefix { $0 != "." }) })
            state.flights = state.flights.filter {
                !concerned.contains($1.group) && !concerned.contains($1.section)
            }
            state.counts.forgotten += count
            return count
        }
    }

    /// What was forgotten elsewhere is not known: everything is asked for again, and given as it is where that fails.
    ///
    /// - Parameter hasForgotten: Whether that was just now.
    func doubtMemory(hasForgotten: Bool = false) {
        state.withLock { state in
            state.history.doubtAll(forgottenAt: hasForgotten ? clock() : nil)
            _ = state.nothing.removeAll()
            state.memory.doubtAll(at: clock())
            state.flights = [:]
        }
    }

    /// Forgets everything in memory.
    @discardableResult
    public func forgetInMemory() -> Int {
        state.withLock { state in
            state.history.noteAll(at: clock())
            _ = state.nothing.removeAll()
            let count = state.memory.removeAll()
            state.flights = [:]
            state.counts.forgotten += count
            return count
        }
    }

    /// The other program's names of what memory has in a group.
    func sharedNames(in groups: [String]) -> [String] {
        state.withLock { state in groups.flatMap { state.memory.keys(tagged: $0) }.compactMap(\.sharedName) }
    }
}
