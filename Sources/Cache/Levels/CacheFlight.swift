import Base

/// One look-up past memory, for all who want the same: the servers first, then the source of everything.
struct CacheFlight<Value: Sendable>: Sendable {
    private typealias Entry = MemoryLevel<Value>.Entry

    let cache: LayeredCache<Value>
    let key: CacheKey
    let id: UInt64
    /// When it began, in the history of what was forgotten.
    let moment: UInt64
    /// Whether nobody waits for it: what there is was given already.
    let isRefresh: Bool
    /// Whether it may load: another one only looks whether the servers have it.
    let isAdmitted: Bool
    let source: String?
    let load: LayeredCache<Value>.Load

    private var settings: CacheSettings { cache.settings }

    func run() async throws -> Value? {
        defer { cache.land(key, id) }
        guard !key.isOfCallers, let remote = cache.remote else { return try await loaded(remote: nil, spare: nil, nil) }
        switch await remote.get(key) {
        case .away:
            if !isRefresh, let entry = cache.standing(key) { return entry.value }
            return try await loaded(remote: nil, spare: nil, nil)
        case .shared(let bytes):
            guard let value = cache.codec.decodeShared(bytes) else {
                return try await loaded(remote: remote, spare: nil, RemoteLevel.Generations())
            }
            keep(value, lasting: lifetime(of: value))
            cache.count { $0.remote += 1 }
            return value
        case .found(let form, let generations):
            guard let spare = entry(of: form, remote.now) else {
                return try await loaded(remote: remote, spare: nil, generations)
            }
            if form.freshUntil > remote.now {
                cache.keep(spare, since: moment)
                cache.count { $0.remote += 1 }
                return spare.value
            }
            guard !isRefresh, cache.now < spare.stale else {
                return try await loaded(remote: remote, spare: spare, generations)
            }
            // Given as it is; whoever asks next has it loaded again beside.
            cache.keep(spare, since: moment)
            cache.count { $0.stale += 1 }
            return spare.value
        case .missing(let generations):
            return try await locked(remote, generations)
        }
    }

    // MARK: - One process of several

    /// Loads it, unless another process does: then that is waited for, for a while.
    private func locked(_ remote: RemoteLevel, _ known: RemoteLevel.Generations) async throws -> Value? {
        let lockSeconds = Int(settings.lockTime / .seconds(1))
        guard isAdmitted else { return cache.refuse(key) }
        if await remote.lock(key, seconds: lockSeconds) {
            defer { Task { await remote.unlock(key) } }
            return try await loaded(remote: remote, spare: nil, known)
        }
        let end = ContinuousClock.now + settings.lockWait
        var pause = Duration.milliseconds(2)
        while ContinuousClock.now < end {
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(50))
            switch await remote.get(key) {
            case .found(let form, _):
                guard form.freshUntil > remote.now, let entry = entry(of: form, remote.now) else { break }
                cache.keep(entry, since: moment)
                cache.count { $0.remote += 1 }
                return entry.value
            case .shared(let bytes):
                guard let value = cache.codec.decodeShared(bytes) else { break }
                keep(value, lasting: lifetime(of: value))
                cache.count { $0.remote += 1 }
                return value
            case .missing: continue
            case .away: break
            }
            break
        }
        return try await loaded(remote: remote, spare: nil, known)
    }

    // MARK: - Loading

    private func loaded(
        remote: RemoteLevel?,
        spare: MemoryLevel<Value>.Entry?,
        _ known: RemoteLevel.Generations?
    ) async throws -> Value? {
        guard isAdmitted else { return cache.refuse(key) }
        var generations: RemoteLevel.Generations?
        // Before it is loaded: what is forgotten from now on is loaded too early.
        if let remote, let known { generations = try? await remote.generations(of: key, known) }
        cache.count { $0.loads += 1 }
        do {
            let value = try await load()
            if value == nil { cache.charge(source) }
            keep(value, lasting: lifetime(of: value))
            if let remote, let generations { await store(value, remote, generations) }
            return value
        } catch {
            cache.count { $0.failures += 1 }
            if let entry = cache.spare(key) { return entry.value }
            if let spare, spare.value != nil {
                cache.keep(spare, since: moment)
                _ = cache.spare(key)
                return spare.value
            }
            throw error
        }
    }

    /// How long it counts: a little more or less than what is set.
    private func lifetime(of value: Value?) -> Duration {
        let usual = value == nil ? settings.negativeLifetime : min(key.lifetime ?? settings.lifetime, settings.lifetime)
        return usual * (1 + Double.random(in: -1...1) * settings.jitter)
    }

    private func keep(_ value: Value?, lasting lifetime: Duration) {
        let now = cache.now
        var entry = Entry(key: key, value: value)
        entry.fresh = now + lifetime
        entry.believed = cache.remote == nil ? entry.fresh : now + min(lifetime, settings.memoryLifetime)
        describe(&entry)
        cache.keep(entry, since: moment)
    }

    private func describe(_ entry: inout Entry) {
        guard let value = entry.value else { return }
        entry.stale = entry.fresh + settings.staleWhileRevalidating
        entry.spare = entry.fresh + settings.staleOnError
        entry.tags = tags(of: value)
        entry.cost = cache.codec.cost(value)
    }

    private func tags(of value: Value) -> [String] {
        cache.codec.tags(value).filter { $0 != key.group && $0 != key.section }
    }

    /// What the servers have, as memory keeps it; `nil` for what cannot be used.
    private func entry(of form: StoredForm, _ wall: Int64) -> MemoryLevel<Value>.Entry? {
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

    // MARK: - Storing

    private func store(_ value: Value?, _ remote: RemoteLevel, _ generations: RemoteLevel.Generations) async {
        guard let word = generations.word else { return }
        // In the words of the servers, 0 is for ever.
        let seconds = max(Int64(lifetime(of: value) / .seconds(1)), 1)
        do {
            guard let value else {
                let form = StoredForm(kind: .nothing, freshUntil: remote.now + seconds, generation: word)
                return try await remote.put(form, key, seconds: Int(seconds) + 1)
            }
            if remote.names == .shared, let name = key.sharedName, MemcachedCommand.isKey(name),
                let bytes = cache.codec.encodeShared(value), bytes.count <= RemoteLevel.partBytes
            {
                return try await remote.putShared(bytes, name, key, ifStill: generations, seconds: Int(seconds))
            }
            var form = StoredForm(kind: .document, freshUntil: remote.now + seconds, generation: word)
            form.body = cache.codec.encode(value)
            let tags = tags(of: value)
            guard tags.count <= StoredForm.tagLimit else { return }
            if !tags.isEmpty {
                for tag in tags {
                    let (item, word) = try await remote.generation(ofTag: tag)
                    form.tags[item] = word
                }
                // What it is forgotten with is known only now, and may have been forgotten since it was loaded.
                guard try await remote.isUnchanged(key, since: generations) else { return }
            }
            let kept = Int(settings.staleOnError / .seconds(1))
            try await remote.put(form, key, seconds: Int(seconds) + kept)
        } catch {
            // The next one loads it again.
        }
    }
}
