import Base

/// What was loaded goes to the servers, after whoever asked has it.
extension CacheFlight {
    /// Stores it beside, and lets those go on who wait for it in other processes.
    func storeBeside(
        _ value: Value?,
        _ loading: Loading,
        _ generations: RemoteLevel.Generations?,
        _ lifetime: Duration
    ) {
        // In the words of the servers, no time at all is for ever.
        let seconds = Int64(lifetime / .seconds(1))
        let isStored = generations?.word != nil && seconds > 0 && cache.beginStoring()
        guard isStored || loading.isLocked else { return }
        Task {
            if isStored, let generations {
                await store(value, loading.remote, generations, seconds)
                cache.endStoring()
            }
            if loading.isLocked { await loading.remote.unlock(key) }
        }
    }

    private func store(
        _ value: Value?,
        _ remote: RemoteLevel,
        _ generations: RemoteLevel.Generations,
        _ seconds: Int64
    ) async {
        guard let word = generations.word else { return }
        do {
            guard let value else {
                let form = StoredForm(kind: .nothing, freshUntil: remote.now + seconds, generation: word)
                return try await remote.put(form, key, seconds: Int(seconds) + 1)
            }
            let tags = tags(of: value)
            if remote.names == .shared, let name = key.sharedName, MemcachedCommand.isKey(name),
                let bytes = cache.codec.encodeShared(value), bytes.count <= RemoteLevel.partBytes
            {
                let wasForgotten = try await remote.putShared(
                    bytes,
                    name,
                    key,
                    since: generations,
                    isTagged: !tags.isEmpty,
                    seconds: Int(seconds)
                )
                if wasForgotten { await cache.tellAgain(key, remote) }
                return
            }
            var form = StoredForm(kind: .document, freshUntil: remote.now + seconds, generation: word)
            form.body = cache.codec.encode(value)
            guard tags.count <= StoredForm.tagLimit else { return }
            if !tags.isEmpty {
                for tag in tags {
                    let (item, word) = try await remote.generation(ofTag: tag)
                    form.tags[item] = word
                }
                // What it is forgotten with is known only now, and may have been forgotten since it was loaded.
                guard try await remote.isUnchanged(key, since: generations, everything: true) else { return }
            }
            let kept = Int(settings.staleOnError / .seconds(1))
            try await remote.put(form, key, seconds: Int(seconds) + kept)
        } catch {
            // The next one loads it again.
        }
    }
}
