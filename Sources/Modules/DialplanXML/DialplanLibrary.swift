internal import Synchronization
public import XMLConfig

/// The compiled contexts of the dialplan documents in use.
///
/// A context is compiled when the first call enters it and is found again by its element, for as long as somebody has that:
/// every configuration generation has its own elements, and a document that a cache has forgotten is nobody's, so that
/// nothing has to be told of either. Call ``removeAll()`` after a reload to free the old ones at once.
public final class DialplanLibrary: Sendable {
    private struct Entry: Sendable {
        /// An identifier is unique only while its object lives.
        weak var node: XMLNode?
        let context: CompiledContext
        let cost: Int
        var lastUse: UInt64
    }

    private struct Shelf: Sendable {
        var contexts: [ObjectIdentifier: Entry] = [:]
        var cost = 0
        var uses: UInt64 = 0

        mutating func find(_ node: XMLNode) -> CompiledContext? {
            let id = ObjectIdentifier(node)
            guard let entry = contexts[id], entry.node === node else { return nil }
            uses &+= 1
            contexts[id]?.lastUse = uses
            return entry.context
        }

        /// Makes room for another one: what nobody has goes first, and then what was used least recently.
        mutating func insert(_ entry: Entry, _ id: ObjectIdentifier, _ countLimit: Int, _ costLimit: Int) {
            for (old, known) in contexts where known.node == nil || old == id { remove(old) }
            while contexts.count >= countLimit || (cost + entry.cost > costLimit && !contexts.isEmpty),
                let oldest = contexts.min(by: { $0.value.lastUse < $1.value.lastUse })?.key
            { remove(oldest) }
            contexts[id] = entry
            cost += entry.cost
        }

        private mutating func remove(_ id: ObjectIdentifier) {
            cost -= contexts.removeValue(forKey: id)?.cost ?? 0
        }
    }

    private let shelf = Mutex(Shelf())
    private let countLimit: Int
    private let costLimit: Int

    /// Makes an empty library.
    ///
    /// - Parameters:
    ///   - count: How many contexts are kept at most.
    ///   - bytes: About how many bytes they are together at most.
    public init(count: Int = 2048, bytes: Int = 256 << 20) {
        (countLimit, costLimit) = (max(1, count), bytes)
    }

    /// How many contexts are kept.
    public var count: Int { shelf.withLock { $0.contexts.count } }

    /// The context that a dialplan section has for a name, compared without case, or else its context `global`.
    ///
    /// - Parameter isKept: Whether the section will be seen again; a provider may answer every call with a new one.
    public func context(named name: String, in section: XMLNode, isKept: Bool = true) -> CompiledContext? {
        let node =
            section.firstChild(named: "context", where: "name", equals: name)
            ?? section.firstChild(named: "context", where: "name", equals: "global")
        return node.map { isKept ? context(for: $0) : CompiledContext(compiling: $0) }
    }

    /// What a compiled context is beside its element, in relation to that: expressions and templates.
    private static let expansion = 3

    /// The compiled form of a `<context>` element.
    public func context(for node: XMLNode) -> CompiledContext {
        if let known = shelf.withLock({ $0.find(node) }) { return known }
        let context = CompiledContext(compiling: node)
        let cost = Self.expansion * node.footprint
        shelf.withLock { shelf in
            shelf.uses &+= 1
            let entry = Entry(node: node, context: context, cost: cost, lastUse: shelf.uses)
            shelf.insert(entry, ObjectIdentifier(node), countLimit, costLimit)
        }
        return context
    }

    /// Forgets every compiled context.
    public func removeAll() {
        shelf.withLock { $0 = Shelf() }
    }
}
