import Base

/// Tells other processes what is to be forgotten, through the servers that all of them ask.
///
/// Each server has a count, and under each number what was forgotten then; everybody looks at the count now and then, and
/// reads what is new. Every server is told, so that one which both reach is enough.
struct ForgetLog: Sendable {
    /// How many entries are read; who is further behind asks for everything again.
    static let readLimit = 256
    /// For how many seconds an entry is there.
    static let seconds = 3600
    /// How long an entry may be, in bytes.
    static let entryLimit = 4096

    /// What is new on a server.
    enum News: Sendable {
        /// Nothing.
        case none
        /// These tags, in their order; `nil` where an entry is not there.
        case tags([String])
        /// Everything.
        case everything
        /// It is not known what: everything has to be asked for again.
        case unknown
    }

    /// How far a reader is on one server.
    struct Place: Sendable {
        fileprivate var number: UInt64?
        fileprivate var hasLooked = false
        fileprivate var missing = 0

        init() {}
    }

    let level: RemoteLevel
    private var client: MemcachedClient { level.client }
    private var counter: String { level.itemKey("log", "n") }

    init(_ level: RemoteLevel) {
        self.level = level
    }

    /// Tells everybody; `*` stands for everything.
    func write(_ tags: [String]) async {
        let text = Array(tags.joined(separator: "\n").utf8)
        let entry = text.count <= Self.entryLimit ? text : Array("*".utf8)
        for index in 0..<client.count {
            guard let number = await nextNumber(index) else { continue }
            let item = MemcachedItem(key: level.itemKey("log", "\(number)"), flags: 0, value: entry)
            _ = try? await client.ask(index, .store(.set, item, seconds: Self.seconds))
        }
    }

    private func nextNumber(_ index: Int) async -> UInt64? {
        let step = MemcachedCommand.increment(counter, by: 1)
        if case .number(let number)? = try? await client.ask(index, step) { return number }
        // A server that has forgotten its count goes on at a number that it has not had.
        let first = MemcachedItem(key: counter, flags: 0, value: Array("\(level.now * 1000)".utf8))
        guard (try? await client.ask(index, .store(.add, first, seconds: 0))) != nil,
            case .number(let number)? = try? await client.ask(index, step)
        else { return nil }
        return number
    }

    /// What others have written to a server since.
    func read(_ index: Int, _ place: inout Place) async -> News {
        guard case .items(let items)? = try? await client.ask(index, .get([counter])) else { return .none }
        let text = items.first.map { String(decoding: $0.value, as: UTF8.self) }
        let number = text.flatMap { UInt64($0.split(separator: " ").first ?? "") }
        defer { place.hasLooked = true }
        guard let number else {
            // It has lost its memory, and with it what was written meanwhile.
            defer { place.number = nil }
            return place.number == nil ? .none : .unknown
        }
        guard let last = place.number else {
            place.number = number
            return place.hasLooked ? .unknown : .none
        }
        guard number != last else { return .none }
        guard number > last, number - last <= UInt64(Self.readLimit) else {
            place.number = number
            return .unknown
        }
        return await entries(index, last, number, &place)
    }

    /// How often an entry may not be there yet: who writes it has its number first.
    private static let patience = 2

    private func entries(_ index: Int, _ last: UInt64, _ number: UInt64, _ place: inout Place) async -> News {
        let keys = ((last + 1)...number).map { level.itemKey("log", "\($0)") }
        guard case .items(let items)? = try? await client.ask(index, .get(keys)) else { return .none }
        let found = Dictionary(items.map { ($0.key, $0.value) }) { first, _ in first }
        var tags: [String] = []
        for (offset, key) in keys.enumerated() {
            guard let entry = found[key] else {
                place.missing += 1
                guard place.missing > Self.patience else { return tags.isEmpty ? .none : .tags(tags) }
                (place.number, place.missing) = (number, 0)
                return .unknown
            }
            place.number = last + UInt64(offset) + 1
            place.missing = 0
            tags += String(decoding: entry, as: UTF8.self).split(separator: "\n").map { String($0) }
        }
        return tags.contains("*") ? .everything : .tags(tags)
    }
}
