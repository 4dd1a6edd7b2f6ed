import Base

/// One look-up past memory, for all who want the same: the servers first, then the source of everything.
struct CacheFlight<Value: Sendable>: Sendable {
    typealias Entry = MemoryLevel<Value>.Entry

    let cache: LayeredCache<Value>
    let key: CacheKey
    let id: UInt64
    /// When it began, in the history of what was forgotten.
    let moment: UInt64
    /// Whether nobody waits for it: what there is was given already.
    let isRefresh: Bool
    /// Whether it may load: another one only looks whether the servers have it.
    let isAdmitted: Bool
    let source: CacheSource?
    let load: LayeredCache<Value>.Load

    var settings: CacheSettings { cache.settings }

    /// What the servers have.
    private enum Sight {
        /// This counts.
        case fresh(Entry)
        /// This is too old, if it is there at all.
        case old(Entry?, RemoteLevel.Generations)
        case away
    }

    func run() async throws -> Value? {
        defer { cache.land(key, id, of: source) }
        guard !key.isOfCallers, let remote = cache.remote else { return try await loaded(nil) }
        switch await look(remote) {
        case .away:
            if !isRefresh, let entry = cache.standing(key) { return entry.value }
            return try await loaded(nil)
        case .fresh(let entry):
            return take(entry)
        case .old(let spare?, _) where !isRefresh && cache.now < spare.stale:
            // Given as it is; whoever asks next has it loaded again beside.
            cache.keep(spare, since: moment)
            cache.count { $0.stale += 1 }
            return spare.value
        case .old(let spare, let generations):
            return try await locked(Loading(remote: remote, generations: generations, spare: spare))
        }
    }

    private func take(_ entry: Entry) -> Value? {
        cache.keep(entry, since: moment)
        cache.count { $0.remote += 1 }
        return entry.value
    }

    private func look(_ remote: RemoteLevel) async -> Sight {
        switch await remote.get(key) {
        case .away: return .away
        case .shared(let bytes, let unique, let generations):
            guard let value = cache.codec.decodeShared(bytes), let name = key.sharedName,
                await remote.counts(unique, name, tags(of: value))
            else { return .old(nil, generations) }
            return .fresh(entry(of: value, lasting: lifetime(of: value, isSettling: false)))
        case .found(let form, let generations):
            guard let entry = entry(of: form, remote.now) else { return .old(nil, generations) }
            return form.freshUntil > remote.now ? .fresh(entry) : .old(entry, generations)
        case .missing(let generations): return .old(nil, generations)
        }
    }

    // MARK: - One process of several

    /// Loads it, unless another process does: then that is waited for, for a while.
    private func locked(_ loading: Loading) async throws -> Value? {
        guard isAdmitted else { return try cache.refuse(key) }
        var loading = loading
        let lockSeconds = Int(settings.lockTime / .seconds(1))
        let end = ContinuousClock.now + settings.lockWait
        var pause = Duration.milliseconds(2)
        while true {
            loading.isLocked = await loading.remote.lock(key, seconds: lockSeconds)
            if !loading.isLocked, isRefresh, let value = loading.spare?.value ?? cache.kept(key) { return value }
            // Another process may have stored it since this one looked.
            switch await look(loading.remote) {
            case .fresh(let entry):
                if loading.isLocked { await loading.remote.unlock(key) }
                return take(entry)
            case .old(let spare, let generations):
                (loading.spare, loading.generations) = (spare ?? loading.spare, generations)
            case .away:
                return try await loaded(loading)
            }
            guard !loading.isLocked, ContinuousClock.now < end else { return try await loaded(loading) }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(50))
        }
    }

    // MARK: - Loading

    /// What is known when something is loaded that the servers do not have.
    struct Loading: Sendable {
        let remote: RemoteLevel
        var generations: RemoteLevel.Generations
        /// What may be given where it cannot be loaded.
        var spare: Entry?
        /// Whether other processes wait for this one.
        var isLocked = false
    }

    /// Loads it, and stores it in the servers where they are there.
    private func loaded(_ loading: Loading?) async throws -> Value? {
        guard isAdmitted else { return try cache.refuse(key) }
        var generations: RemoteLevel.Generations?
        // Before it is loaded: what is forgotten from now on is loaded too early.
        if let loading { generations = try? await loading.remote.generations(of: key, loading.generations) }
        cache.count { $0.loads += 1 }
        do {
            let value = try await load()
            if value == nil { cache.charge(source) }
            let isSettling = isSettling(value, loading)
            let lifetime = lifetime(of: value, isSettling: isSettling)
            cache.keep(entry(of: value, lasting: lifetime, isSettling: isSettling), since: moment)
            if let loading { storeBeside(value, loading, generations, lifetime) }
            return value
        } catch {
            if let loading, loading.isLocked { Task { await loading.remote.unlock(key) } }
            cache.count { $0.failures += 1 }
            if let entry = cache.spare(key) { return entry.value }
            if let spare = loading?.spare, spare.value != nil {
                cache.keep(spare, since: moment)
                _ = cache.spare(key)
                return spare.value
            }
            throw error
        }
    }

    /// Whether it was forgotten so lately that what was loaded may be from before.
    private func isSettling(_ value: Value?, _ loading: Loading?) -> Bool {
        guard settings.settling > .zero else { return false }
        if let loading, let time = loading.generations.lastForgotten {
            let (age, isTooMuch) = loading.remote.now.subtractingReportingOverflow(time)
            if isTooMuch || age <= Int64(settings.settling / .seconds(1)) { return true }
        }
        return cache.isSettling([key.section, key.group] + (value.map { tags(of: $0) } ?? []))
    }

    // MARK: - Entries

    /// How long it counts: a little more or less than what is set.
    private func lifetime(of value: Value?, isSettling: Bool) -> Duration {
        var usual = value == nil ? settings.negativeLifetime : min(key.lifetime ?? settings.lifetime, settings.lifetime)
        if isSettling { usual = min(usual, settings.settlingLifetime) }
        return usual * (1 + Double.random(in: -1...1) * settings.jitter)
    }

    private func entry(of value: Value?, lasting lifetime: Duration, isSettling: Bool = false) -> Entry {
        let now = cache.now
        var entry = Entry(key: key, value: value)
        entry.fresh = now + lifetime
        entry.believed = cache.remote == nil ? entry.fresh : now + min(lifetime, settings.memoryLifetime)
        describe(&entry)
        // What may be the old is not given once it can be known.
        if isSettling { entry.stale = entry.fresh }
        return entry
    }

    private func describe(_ entry: inout Entry) {
        guard let value = entry.value else { return }
        entry.stale = entry.fresh + settings.staleWhileRevalidating
        entry.spare = entry.fresh + settings.staleOnError
        entry.tags = tags(of: value)
        entry.cost = cache.codec.cost(value)
    }

    func tags(of value: Value) -> [String] {
        cache.codec.tags(value).filter { $0 != key.group && $0 != key.section }
    }

    /// What the servers have, as memory keeps it; `nil` for what cannot be used.
    private func entry(of form: StoredForm, _ wall: Int64) -> Entry? {
        var entry = Entry(key: key)
        if form.kind == .document {
            guard let value = cache.codec.decode(form.body) else { return nil }
            entry.value = value
        }
        let longest = Int64(settings.lifetime / .seconds(1)) * 2
        // Whoever may write to the server may write any number.
        let (difference, isTooMuch) = form.freshUntil.subtractingReportingOverflow(wall)
        guard !isTooMuch else { return nil }
        let left = Duration.seconds(min(max(difference, -longest), longest))
        entry.fresh = cache.now + left
        entry.believed = cache.now + min(left, settings.memoryLifetime)
        describe(&entry)
        return entry
    }
}
