import Base

/// Things in memory: those whose keys callers choose, such as numbers, are on a shelf of their own, where they push out
/// nothing but each other.
struct MemoryShelves<Value: Sendable>: Sendable {
    typealias Entry = MemoryLevel<Value>.Entry

    private var usual: MemoryLevel<Value>
    private var callers: MemoryLevel<Value>

    init(_ settings: CacheSettings) {
        usual = MemoryLevel(countLimit: settings.entries, costLimit: settings.bytes)
        callers = MemoryLevel(countLimit: settings.callerEntries, costLimit: settings.bytes / 8)
    }

    var count: Int { usual.count + callers.count }
    var cost: Int { usual.cost + callers.cost }

    mutating func find(_ name: String) -> Entry? { usual.find(name) ?? callers.find(name) }

    mutating func update(_ name: String, _ change: (inout Entry) -> Void) {
        usual.update(name, change)
        callers.update(name, change)
    }

    mutating func insert(_ entry: Entry) {
        if entry.key.isOfCallers { callers.insert(entry) } else { usual.insert(entry) }
    }

    mutating func remove(_ name: String) {
        usual.remove(name)
        callers.remove(name)
    }

    mutating func doubtAll(at now: MonotonicInstant) {
        usual.doubtAll(at: now)
        callers.doubtAll(at: now)
    }

    mutating func removeAll(tagged tag: String) -> Int { usual.removeAll(tagged: tag) + callers.removeAll(tagged: tag) }

    mutating func removeAll() -> Int { usual.removeAll() + callers.removeAll() }

    func keys(tagged tag: String) -> [CacheKey] { usual.keys(tagged: tag) + callers.keys(tagged: tag) }
}
