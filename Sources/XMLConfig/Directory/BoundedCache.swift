/// A dictionary that forgets its oldest entries rather than grow beyond a limit.
struct BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var values: [Key: Value] = [:]
    private var order: [Key] = []
    private var oldest = 0
    let capacity: Int

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    subscript(key: Key) -> Value? { values[key] }

    mutating func insert(_ value: Value, for key: Key) {
        if values.updateValue(value, forKey: key) != nil { return }
        if order.count < capacity {
            order.append(key)
        } else {
            values[order[oldest]] = nil
            order[oldest] = key
            oldest = (oldest + 1) % capacity
        }
    }

    /// Forgets everything that `isUnwanted` names; gives how many entries that were.
    mutating func removeAll(where isUnwanted: (Key, Value) -> Bool) -> Int {
        let count = values.count
        let kept = (order[oldest...] + order[..<oldest]).filter { key in
            guard let value = values[key] else { return false }
            return !isUnwanted(key, value)
        }
        let remaining = Set(kept)
        values = values.filter { remaining.contains($0.key) }
        (order, oldest) = (kept, 0)
        return count - values.count
    }
}
