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
        if let remote {
            failed.formUnion(await tell(what, remote))
            for index in failed { owe(what, to: index) }
            forgotten.untold = failed.count
        }
        return forgotten
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
    private func tell(_ what: ForgottenTags, _ remote: RemoteLevel) async -> Set<Int> {
        let log = ForgetLog(remote)
        let identifier = log.newIdentifier
        var failed: Set<Int> = []
        for index in 0..<remote.client.count where await !log.write(what, as: identifier, to: index) {
            failed.insert(index)
        }
        return failed
    }

    /// Something was stored while it was forgotten, and taken out again: others may have seen it meanwhile.
    func tellAgain(_ key: CacheKey, _ remote: RemoteLevel) async {
        let what = ForgottenTags(groups: [key.group])
        for index in await tell(what, remote) { owe(what, to: index) }
    }

    /// Tells servers what they have not taken, as if it were forgotten now: what is stored there since may be from before.
    public func settleDebts() async {
        guard let remote else { return }
        for index in indebtedServers where remote.client.status[index].isThere {
            guard let what = takeDebt(of: index) else { continue }
            let failed = await remote.forget(what, shared: []).failed
            let log = ForgetLog(remote)
            let isTold = await log.write(what, as: log.newIdentifier, to: index)
            for other in isTold ? failed : failed.union([index]) { owe(what, to: other) }
        }
    }

    // MARK: - Following others

    /// Listens to what other processes forget, until the task is cancelled.
    public func followOthers() async {
        guard let remote else { return }
        let log = ForgetLog(remote)
        var known = RecentWords()
        var places = Array(repeating: ForgetLog.Place(), count: remote.client.count)
        while !Task.isCancelled {
            await settleDebts()
            for index in places.indices {
                let isFirst = !places.contains { $0.hasLooked }
                let old = places[index]
                guard var news = await log.read(index, &places[index]) else { continue }
                // Each server is told the same.
                news.entries.removeAll { !known.isNew($0.identifier) }
                // What is in memory already may have been forgotten before anybody was listened to.
                if isFirst { doubtMemory() }
                await take(news, remote)
                if !places[index].isWhere(old) { await log.note(places[index], index) }
            }
            try? await Task.sleep(for: settings.logInterval)
        }
    }

    private func take(_ news: ForgetLog.News, _ remote: RemoteLevel) async {
        if news.isForeignUnknown {
            await repeatInServers(ForgottenTags(sections: sections), remote)
        } else {
            let foreign = Set(news.entries.filter(\.isForeign).flatMap(\.tags))
            if !foreign.isEmpty { await repeatInServers(tags(foreign), remote) }
        }
        let all = Set(news.entries.flatMap(\.tags))
        if all.contains(ForgetLog.everything) {
            forgetInMemory()
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
        guard !names.contains(ForgetLog.everything) else { return ForgottenTags(sections: sections) }
        return ForgottenTags(groups: names.subtracting(sections), sections: names.intersection(sections))
    }
}
