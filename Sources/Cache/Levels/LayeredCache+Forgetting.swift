import Base

/// Forgetting everywhere: in this memory, in the servers, and in the memories of other processes.
extension LayeredCache {
    /// What there was of something that was to be forgotten.
    public struct Forgotten: Hashable, Sendable {
        /// How many things memory had.
        public var inMemory = 0
        /// Whether the servers had it under a name of the other program.
        public var isShared = false
        /// How many servers have not taken it yet; they are told later.
        public var untold = 0

        /// Nothing.
        public init() {}
    }

    /// Forgets groups and whole sections.
    ///
    /// - Parameter sharedNames: What the other program may have of it, beside what memory knows.
    @discardableResult
    public func forget(
        groups: [String],
        sections: [String] = [],
        sharedNames: [String] = []
    ) async -> Forgotten {
        let what = ForgottenTags(groups: groups, sections: sections)
        var forgotten = Forgotten()
        // First the servers: what is loaded into memory after that is new.
        var failed: Set<Int> = []
        if let remote {
            (forgotten.isShared, failed) = await forgetInServers(what, sharedNames, remote)
        }
        forgotten.inMemory = forgetInMemory(groups: groups, sections: sections)
        let identifier = newIdentifier
        if let remote {
            failed.formUnion(await tell(what, remote, as: identifier))
            for index in failed { owe(what, to: index) }
            forgotten.untold = failed.count
        }
        tellTable(what, as: identifier, failed)
        return forgotten
    }

    /// A name for an entry that nothing else has.
    var newIdentifier: String {
        var generator = SystemRandomNumberGenerator()
        return RandomToken.hex(bytes: 8, using: &generator)
    }

    private func forgetInServers(
        _ what: ForgottenTags,
        _ sharedNames: [String],
        _ remote: RemoteLevel
    ) async -> (wasThere: Bool, failed: Set<Int>) {
        guard remote.names == .shared else { return await remote.forget(what, shared: []) }
        return await remote.forget(what, shared: Set(sharedNames + self.sharedNames(in: what.all)).sorted())
    }

    /// Tells those who ask the servers.
    ///
    /// - Returns: The servers that did not take it.
    private func tell(_ what: ForgottenTags, _ remote: RemoteLevel, as identifier: String) async -> Set<Int> {
        let log = ForgetLog(remote)
        _ = isNews(identifier)
        var failed: Set<Int> = []
        for index in 0..<remote.client.count where await !log.write(what, as: identifier, to: index) {
            failed.insert(index)
        }
        return failed
    }

    /// Something was stored while it was forgotten, and taken out again: others may have seen it meanwhile.
    func tellAgain(_ key: CacheKey, _ remote: RemoteLevel) async {
        let what = ForgottenTags(groups: [key.group])
        for index in await tell(what, remote, as: newIdentifier) { owe(what, to: index) }
    }

    /// Tells servers and the table what they have not taken.
    public func settleDebts() async {
        await settleServers()
        if let table { try? await tell(table) }
    }

    /// Tells servers what they have not taken, as if it were forgotten now: what is stored there since may be from before.
    private func settleServers() async {
        guard let remote else { return }
        for index in indebtedServers where remote.client.status[index].isThere {
            guard let what = takeDebt(of: index) else { continue }
            let failed = await remote.forget(what, shared: []).failed
            let log = ForgetLog(remote)
            let isTold = await log.write(what, as: newIdentifier, to: index)
            for other in isTold ? failed : failed.union([index]) { owe(what, to: other) }
        }
    }

    // MARK: - Following others

    /// Listens to what other processes forget, until the task is cancelled.
    public func followOthers() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.followServers() }
            group.addTask { await self.followTable() }
        }
    }

    private func followServers() async {
        guard let remote else { return }
        let log = ForgetLog(remote)
        var places = Array(repeating: ForgetLog.Place(), count: remote.client.count)
        while !Task.isCancelled {
            await settleServers()
            for index in places.indices {
                let isFirst = !places.contains { $0.hasLooked }
                let old = places[index]
                guard var news = await log.read(index, &places[index]) else { continue }
                // Each server is told the same, and what was forgotten here is among it.
                news.entries.removeAll { !isNews($0.identifier) }
                // What is in memory already may have been forgotten before anybody was listened to.
                if isFirst { doubtMemory() }
                await take(news)
                if !places[index].isWhere(old) { await log.note(places[index], index) }
            }
            try? await Task.sleep(for: settings.logInterval)
        }
    }

    /// Forgets what others have forgotten, whichever way they told it.
    func take(_ news: ForgetNews) async {
        if let remote {
            if news.isForeignUnknown {
                await repeatInServers(ForgottenTags(sections: sections), remote)
            } else {
                let foreign = news.entries.filter { $0.list != remote.client.listName }
                let what = Set(foreign.flatMap(\.tags))
                if !what.isEmpty { await repeatInServers(tags(what), remote) }
            }
        }
        let all = Set(news.entries.flatMap(\.tags))
        if all.contains(ForgetEntry.everything) {
            // Nobody says so of all that there is, which is its sections: it stands for more than could be told.
            doubtMemory(hasForgotten: true)
        } else if !all.isEmpty {
            forgetInMemory(groups: all.sorted())
        }
        if news.isUnknown { doubtMemory() }
    }

    /// Forgets in one's own servers what somebody has forgotten who asks others.
    private func repeatInServers(_ what: ForgottenTags, _ remote: RemoteLevel) async {
        for index in await forgetInServers(what, [], remote).failed { owe(what, to: index) }
    }

    private func tags(_ names: Set<String>) -> ForgottenTags {
        guard !names.contains(ForgetEntry.everything) else { return ForgottenTags(sections: sections) }
        return ForgottenTags(groups: names.subtracting(sections), sections: names.intersection(sections))
    }
}
