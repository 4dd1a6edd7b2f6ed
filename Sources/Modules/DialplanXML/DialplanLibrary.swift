internal import Synchronization
public import XMLConfig

/// The compiled contexts of the dialplan documents in use.
///
/// A context is compiled when the first call enters it and is found again by its element: every configuration
/// generation has its own elements, so a reload needs no invalidation. Call
/// ``removeAll()`` after a reload to free the old ones at once.
public final class DialplanLibrary: Sendable {
    private struct Shelf: Sendable {
        var contexts: [ObjectIdentifier: (node: XMLNode, context: CompiledContext)] = [:]
    }

    private let shelf = Mutex(Shelf())

    /// How many contexts are kept.
    private static let maximumContexts = 2048

    /// Makes an empty library.
    public init() {}

    /// The context that a dialplan section has for a name, compared without case, or else its context `global`.
    ///
    /// - Parameter isKept: Whether the section will be seen again; a provider may answer every call with a new one.
    public func context(named name: String, in section: XMLNode, isKept: Bool = true) -> CompiledContext? {
        let node =
            section.firstChild(named: "context", where: "name", equals: name)
            ?? section.firstChild(named: "context", where: "name", equals: "global")
        return node.map { isKept ? context(for: $0) : CompiledContext(compiling: $0) }
    }

    /// The compiled form of a `<context>` element.
    public func context(for node: XMLNode) -> CompiledContext {
        let id = ObjectIdentifier(node)
        // The element is kept with its context: an identifier is unique only while its object lives.
        if let known = shelf.withLock({ $0.contexts[id]?.context }) { return known }
        let context = CompiledContext(compiling: node)
        shelf.withLock { shelf in
            if shelf.contexts.count >= Self.maximumContexts { shelf.contexts.removeAll() }
            shelf.contexts[id] = (node, context)
        }
        return context
    }

    /// Forgets every compiled context.
    public func removeAll() {
        shelf.withLock { $0.contexts.removeAll() }
    }
}
