import Base

/// Things in memory, not more than a limit: those go first that were asked for least recently.
struct MemoryLevel<Value: Sendable>: Sendable {
    struct Entry: Sendable {
        var key: CacheKey
        /// `nil` for what is known not to be there.
        var value: Value?
        /// What else it is forgotten with, beside its group.
        var tags: [String] = []
        /// About how much it is, in bytes.
        var cost = 0
        /// Until when it counts without a look at the servers.
        var believed = MonotonicInstant.zero
        /// Until when it counts.
        var fresh = MonotonicInstant.zero
        /// Until when it is given while it is loaded again.
        var stale = MonotonicInstant.zero
        /// Until when it is given when it cannot be loaded.
        var spare = MonotonicInstant.zero

        /// Has it asked for again; it is still given where that fails.
        mutating func doubt(at now: MonotonicInstant) { (believed, fresh, stale) = (now, now, now) }
    }

    private struct Slot: Sendable {
        var entry: Entry
        var newer: Int?
        var older: Int?
    }

    private let countLimit: Int
    private let costLimit: Int
    private var slots: [Int: Slot] = [:]
    private var places: [String: Int] = [:]
    private var tagged: [String: Set<String>] = [:]
    private var newest: Int?
    private var oldest: Int?
    private var nextPlace = 0
    private(set) var cost = 0

    init(countLimit: Int, costLimit: Int) {
        (self.countLimit, self.costLimit) = (max(1, countLimit), max(1, costLimit))
    }

    var count: Int { places.count }

    /// Something, which is the last that would go from now on.
    mutating func find(_ name: String) -> Entry? {
        guard let place = places[name] else { return nil }
        if newest != place {
            unlink(place)
            link(place)
        }
        return slots[place]?.entry
    }

    /// Changes something that is there.
    mutating func update(_ name: String, _ change: (inout Entry) -> Void) {
        guard let place = places[name], var slot = slots[place] else { return }
        change(&slot.entry)
        slots[place] = slot
    }

    mutating func insert(_ entry: Entry) {
        remove(entry.key.name)
        let place = nextPlace
        nextPlace &+= 1
        slots[place] = Slot(entry: entry)
        places[entry.key.name] = place
        for tag in Self.allTags(of: entry) { tagged[tag, default: []].insert(entry.key.name) }
        cost += entry.cost
        link(place)
        while places.count > countLimit || (cost > costLimit && places.count > 1), let place = oldest,
            let name = slots[place]?.entry.key.name
        { remove(name) }
    }

    /// Takes something out.
    ///
    /// - Returns: Whether it was there.
    @discardableResult
    mutating func remove(_ name: String) -> Bool {
        guard let place = places.removeValue(forKey: name), let slot = slots[place] else { return false }
        unlink(place)
        slots[place] = nil
        cost -= slot.entry.cost
        for tag in Self.allTags(of: slot.entry) {
            tagged[tag]?.remove(name)
            if tagged[tag]?.isEmpty == true { tagged[tag] = nil }
        }
        return true
    }

    /// Takes out all with a tag, which may be a section.
    ///
    /// - Returns: How many there were.
    mutating func removeAll(tagged tag: String) -> Int {
        let names = tagged[tag] ?? []
        for name in names { remove(name) }
        return names.count
    }

    /// The keys of all with a tag.
    func keys(tagged tag: String) -> [CacheKey] {
        (tagged[tag] ?? []).compactMap { name in places[name].flatMap { slots[$0]?.entry.key } }
    }

    /// Has everything asked for again; what there is is still given where that fails.
    mutating func doubtAll(at now: MonotonicInstant) {
        for place in places.values { slots[place]?.entry.doubt(at: now) }
    }

    /// Takes everything out.
    mutating func removeAll() -> Int {
        defer { self = MemoryLevel(countLimit: countLimit, costLimit: costLimit) }
        return count
    }

    private static func allTags(of entry: Entry) -> [String] { [entry.key.section, entry.key.group] + entry.tags }

    // MARK: - In the order of use

    private mutating func link(_ place: Int) {
        slots[place]?.older = newest
        slots[place]?.newer = nil
        if let newest { slots[newest]?.newer = place }
        newest = place
        if oldest == nil { oldest = place }
    }

    private mutating func unlink(_ place: Int) {
        guard let slot = slots[place] else { return }
        if let newer = slot.newer { slots[newer]?.older = slot.older } else { newest = slot.older }
        if let older = slot.older { slots[older]?.newer = slot.newer } else { oldest = slot.newer }
    }
}
