/// Storing things, in parts where they are large.
extension RemoteLevel {
    /// Stores something that was loaded while these generations held.
    ///
    /// - Parameter seconds: How long the servers keep it, which is longer than it counts.
    func put(_ form: StoredForm, _ key: CacheKey, seconds: Int) async throws(MemcachedFault) {
        var form = form
        let route = route(key)
        if form.body.count > Self.partBytes {
            guard let split = try await split(form.body, key, seconds: seconds) else { return }
            (form.kind, form.body) = (.parts, split)
        }
        // They last as long as the last that was stored with them: all would be gone at once otherwise, a day after the
        // first. One that was forgotten meanwhile stays forgotten.
        for tag in [key.section, key.group] { try await touchGeneration(itemKey("g", tag), routedBy: route) }
        for tag in form.tags.keys { try await touchGeneration(tag, routedBy: tag) }
        let item = MemcachedItem(key: itemKey("i", key.name), flags: 0, value: form.bytes)
        try await client.store(.set, item, seconds: MemcachedCommand.lasting(seconds), routedBy: route)
    }

    private func touchGeneration(_ item: String, routedBy route: String) async throws(MemcachedFault) {
        try await client.touch(item, seconds: generationSeconds, routedBy: route)
    }

    private func split(_ body: [UInt8], _ key: CacheKey, seconds: Int) async throws(MemcachedFault) -> [UInt8]? {
        let count = (body.count + Self.partBytes - 1) / Self.partBytes
        guard count <= Self.partLimit else { return nil }
        let name = randomWord()
        for number in 0..<count {
            let part = body[(number * Self.partBytes)..<min((number + 1) * Self.partBytes, body.count)]
            let item = MemcachedItem(key: itemKey("p", "\(name).\(number)"), flags: 0, value: Array(part))
            try await client.store(.set, item, seconds: MemcachedCommand.lasting(seconds))
        }
        return Array("\(name) \(count) \(body.count)".utf8)
    }

    func join(_ form: StoredForm, _ key: CacheKey) async throws(MemcachedFault) -> StoredForm? {
        let words = String(decoding: form.body, as: UTF8.self).split(separator: " ")
        guard words.count == 3, let count = Int(words[1]), (1...Self.partLimit).contains(count),
            let length = Int(words[2]), length <= Self.partLimit * Self.partBytes
        else { return nil }
        var whole = form
        (whole.kind, whole.body) = (.document, [])
        for number in 0..<count {
            guard let part = try await client.get(itemKey("p", "\(words[0]).\(number)")) else { return nil }
            whole.body += part.value
            guard whole.body.count <= length else { return nil }
        }
        return whole.body.count == length ? whole : nil
    }
}
