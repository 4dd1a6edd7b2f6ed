import Base

/// Tells other processes what is to be forgotten, through the servers that all of them ask.
///
/// Each server has a count, and under each number what was forgotten then; everybody looks at the count now and then, and
/// reads what is new. Every server is told, so that one which both reach is enough. A ``ForgetEntry`` begins with the list of
/// servers that its writer asks: who asks another one has to take out in his servers what the writer could not know of.
struct ForgetLog: Sendable {
    /// How many entries are read; who is further behind asks for everything again.
    static let readLimit = 256
    /// For how many seconds an entry is there.
    static let seconds = 3600

    /// How far a reader is on one server.
    struct Place: Sendable {
        fileprivate var number: UInt64?
        /// Whether the server has answered yet.
        fileprivate(set) var hasLooked = false
        fileprivate var missing = 0
        /// Whether some of those who write there ask other servers.
        fileprivate var hasForeigners = false

        init() {}

        /// Whether it is as far as another.
        func isWhere(_ other: Place) -> Bool { number == other.number }
    }

    let level: RemoteLevel
    private var client: MemcachedClient { level.client }
    private var counter: String { level.commonKey("log", "n") }
    /// Up to where somebody who asks the same list of servers has read.
    private var seen: String { level.itemKey("log", "seen") }

    init(_ level: RemoteLevel) {
        self.level = level
    }

    // MARK: - Writing

    /// Tells everybody who asks a server.
    ///
    /// - Parameter identifier: The same for each server that is told the same.
    /// - Returns: Whether it took it.
    func write(_ what: ForgottenTags, as identifier: String, to index: Int) async -> Bool {
        let entry = ForgetEntry(what.all, identifier: identifier, list: client.listName)
        guard let number = await level.increment(counter, index) else { return false }
        let item = MemcachedItem(key: level.commonKey("log", "\(number)"), flags: 0, value: entry.bytes)
        return (try? await client.ask(index, .store(.set, item, seconds: Self.seconds))) == .outcome(.stored)
    }

    // MARK: - Reading

    /// What others have written to a server since; `nil` where it does not answer.
    func read(_ index: Int, _ place: inout Place) async -> ForgetNews? {
        let keys = place.hasLooked ? [counter] : [counter, seen]
        guard case .items(let items)? = try? await client.ask(index, .get(keys)) else { return nil }
        let isFirst = !place.hasLooked
        place.hasLooked = true
        guard let number = number(counter, items) else {
            // It is new, or has lost its memory, and with it what was written meanwhile.
            let isLost = place.number != nil
            place.number = await level.begin(counter, index)
            return isLost ? .unknown : ForgetNews()
        }
        if isFirst { place.number = self.number(seen, items) }
        guard let last = place.number else {
            place.number = number
            var news = ForgetNews.unknown
            // Others have written while nobody with this list was there.
            news.isForeignUnknown = true
            return news
        }
        guard number != last else { return ForgetNews() }
        guard number > last, number - last <= UInt64(Self.readLimit) else {
            place.number = number
            var news = ForgetNews.unknown
            news.isForeignUnknown = isFirst || place.hasForeigners
            return news
        }
        return await entries(index, last, number, &place)
    }

    private func number(_ key: String, _ items: [MemcachedItem]) -> UInt64? {
        let text = items.first { $0.key == key }.map { String(decoding: $0.value, as: UTF8.self) }
        return text.flatMap { UInt64($0.split(separator: " ").first ?? "") }
    }

    /// How often an entry may not be there yet: who writes it has its number first.
    private static let patience = 2

    private func entries(_ index: Int, _ last: UInt64, _ number: UInt64, _ place: inout Place) async -> ForgetNews? {
        let keys = ((last + 1)...number).map { level.commonKey("log", "\($0)") }
        guard case .items(let items)? = try? await client.ask(index, .get(keys)) else { return nil }
        let found = Dictionary(items.map { ($0.key, $0.value) }) { first, _ in first }
        var news = ForgetNews()
        for (offset, key) in keys.enumerated() {
            guard let entry = found[key] else {
                place.missing += 1
                guard place.missing > Self.patience else { return news }
                (place.number, place.missing) = (number, 0)
                news.isUnknown = true
                news.isForeignUnknown = place.hasForeigners
                return news
            }
            place.number = last + UInt64(offset) + 1
            place.missing = 0
            let read = ForgetEntry(entry, orElse: key)
            if read.list != client.listName { place.hasForeigners = true }
            news.entries.append(read)
        }
        return news
    }

    /// Notes how far those are who ask the same list of servers, for those of them that come later.
    func note(_ place: Place, _ index: Int) async {
        guard let number = place.number else { return }
        let item = MemcachedItem(key: seen, flags: 0, value: Array("\(number)".utf8))
        _ = try? await client.ask(index, .store(.set, item, seconds: 0))
    }
}
