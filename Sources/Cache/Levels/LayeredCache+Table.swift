import Base

/// Telling other processes what is to be forgotten, and hearing it from them, through a table that all of them read.
extension LayeredCache {
    /// Has others told what was forgotten here.
    ///
    /// - Parameter failed: The servers in which it may still be: others who ask one of them have to take it out there.
    func tellTable(_ what: ForgottenTags, as identifier: String, _ failed: Set<Int>) {
        guard table != nil, !what.isEmpty else { return }
        let list = failed.isEmpty ? remote?.client.listName : nil
        // What servers say under the same name is carried out once, and leaves that out.
        let name = failed.isEmpty ? identifier : newIdentifier
        post(ForgetEntry(what.all, identifier: name, list: list ?? ForgetEntry.noList))
    }

    /// Tells and hears what there is, again and again until the task is cancelled.
    func followTable() async {
        guard let table else { return }
        // With nothing to be forgotten: whether the table may be written is known before it matters.
        post(ForgetEntry([], identifier: newIdentifier, list: remote?.client.listName ?? ForgetEntry.noList))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.keepHearing(table) }
            // What a table is slow to take holds up nobody who hears.
            group.addTask { await self.keepTelling(table) }
        }
    }

    private func keepHearing(_ table: any ForgetTable) async {
        var reader = ForgetTableReader(since: begun)
        var pause = TablePause(settings)
        var next = begun
        while !Task.isCancelled {
            if now >= next {
                let fault = await failure { () async throws(ForgetTableFault) in try await hear(table, &reader) }
                next = now + pause.after(fault)
            }
            try? await Task.sleep(for: settings.logInterval)
        }
    }

    private func keepTelling(_ table: any ForgetTable) async {
        var pause = TablePause(settings)
        var (next, nextRemoval) = (begun, begun + Self.removalPause)
        while !Task.isCancelled {
            if now >= next {
                let fault = await failure { () async throws(ForgetTableFault) in try await tell(table) }
                next = now + pause.after(fault)
            }
            if now >= nextRemoval {
                nextRemoval = now + Self.removalPause
                try? await table.remove(olderThan: ForgetTableReader.retention)
            }
            try? await Task.sleep(for: settings.logInterval)
        }
    }

    /// Tells the table what it has not taken yet.
    func tell(_ table: any ForgetTable) async throws(ForgetTableFault) {
        // What comes while this goes on is for the next time.
        for _ in 0...(UntoldEntries.limit / UntoldEntries.portion) {
            let entries = takeUntold()
            guard !entries.isEmpty else { return }
            do throws(ForgetTableFault) {
                try await table.put(entries)
                told(entries)
            } catch {
                refused(entries, isLasting: !error.isOfTheMoment)
                throw error
            }
        }
    }

    private func hear(_ table: any ForgetTable, _ reader: inout ForgetTableReader) async throws(ForgetTableFault) {
        let begun = now
        let reading = try await table.read(ofLast: reader.span(at: begun), orSince: reader.since(at: begun))
        var news = reader.take(reading, begun: begun, list: remote?.client.listName)
        // A server may have told the same, and what was forgotten here is among it.
        news.entries.removeAll { !isNews($0.identifier) }
        await take(news)
    }

    private func failure(_ work: () async throws(ForgetTableFault) -> Void) async -> ForgetTableFault? {
        do throws(ForgetTableFault) {
            try await work()
            return nil
        } catch {
            return error
        }
    }

    /// Everybody takes out what is old, at times of his own.
    private static var removalPause: Duration { .seconds(Int.random(in: 60...120)) }
}
