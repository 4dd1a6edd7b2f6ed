/// Taking out what is to be forgotten.
extension RemoteLevel {
    /// Takes out the generations of groups and of sections, and items under the other program's names.
    ///
    /// - Returns: Whether the other program had any of these, and the servers that have not taken it.
    func forget(
        _ what: ForgottenTags,
        shared: [String]
    ) async -> (wasThere: Bool, failed: Set<Int>) {
        var failed: Set<Int> = []
        // Before anything is taken out: whoever reads a generation after that sees that the count is another.
        for index in 0..<client.count where await !note(what, index) { failed.insert(index) }
        // Deletes that fail are made up for by the client.
        for group in what.groups { _ = try? await client.delete(itemKey("g", group)) }
        for section in what.sections {
            // Its generation is with each server.
            for index in 0..<client.count { _ = try? await client.ask(index, .delete(itemKey("g", section))) }
        }
        var wasThere = false
        for name in shared where MemcachedCommand.isKey(name) {
            if (try? await client.delete(name)) == true { wasThere = true }
        }
        return (wasThere, failed)
    }

    /// Counts it on a server, and leaves stamps there.
    private func note(_ what: ForgottenTags, _ index: Int) async -> Bool {
        guard await countForget(index) else { return false }
        for tag in what.all {
            let stamp = MemcachedItem(key: commonKey("f", tag), flags: 0, value: Array("\(now)".utf8))
            let command = MemcachedCommand.store(.set, stamp, seconds: MemcachedCommand.longest)
            guard (try? await client.ask(index, command)) == .outcome(.stored) else { return false }
        }
        return true
    }

    private func countForget(_ index: Int) async -> Bool {
        await increment(forgetCounter, index) != nil
    }

    /// Counts something on a server; a count that is not there begins where it has not been.
    func increment(_ counter: String, _ index: Int) async -> UInt64? {
        let step = MemcachedCommand.increment(counter, by: 1)
        switch try? await client.ask(index, step) {
        case .number(let number)?: return number
        case .outcome(.notFound)?: break
        default: return nil
        }
        _ = await begin(counter, index)
        guard case .number(let number)? = try? await client.ask(index, step) else { return nil }
        return number
    }

    /// Has a count begin on a server that does not have it.
    ///
    /// - Returns: How it stands then; `nil` when it has not begun, or somebody else began it.
    func begin(_ counter: String, _ index: Int) async -> UInt64? {
        // A server may lose it twice in a second.
        let start = UInt64(max(now, 0)) &* 1_000_000 &+ UInt64.random(in: 0..<1_000_000)
        let first = MemcachedItem(key: counter, flags: 0, value: Array("\(start)".utf8))
        let reply = try? await client.ask(index, .store(.add, first, seconds: 0))
        return reply == .outcome(.stored) ? start : nil
    }
}
