/// Forgetting everywhere: in this memory, in the servers, and in the memories of other processes.
extension LayeredCache {
    /// What there was of something that was to be forgotten.
    public struct Forgotten: Hashable, Sendable {
        /// How many things memory had.
        public var inMemory = 0
        /// Whether the servers had it under a name of the other program.
        public var isShared = false

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
        var forgotten = Forgotten()
        let known = Set(sharedNames + self.sharedNames(in: groups + sections))
        // First the servers: what is loaded into memory after that is new.
        if let remote {
            let shared = remote.names == .shared ? known.sorted() : []
            forgotten.isShared = await remote.forget(groups: groups, sections: sections, shared: shared)
        }
        forgotten.inMemory = forgetInMemory(groups: groups, sections: sections)
        if let remote { await ForgetLog(remote).write(groups + sections) }
        return forgotten
    }

    /// Listens to what other processes forget, until the task is cancelled.
    public func followOthers() async {
        guard let remote else { return }
        let log = ForgetLog(remote)
        var places = Array(repeating: ForgetLog.Place(), count: remote.client.count)
        while !Task.isCancelled {
            for index in places.indices {
                switch await log.read(index, &places[index]) {
                case .none: break
                case .tags(let tags): forgetInMemory(groups: tags)
                case .everything: forgetInMemory()
                case .unknown: doubtMemory()
                }
            }
            try? await Task.sleep(for: settings.logInterval)
        }
    }
}
