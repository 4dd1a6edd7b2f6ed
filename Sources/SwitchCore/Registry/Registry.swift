import Synchronization

/// Things that modules register under a name: applications, commands, endpoints, dialplan engines.
///
/// Names compare without case, as operators expect. Reads are frequent and short; writes happen when modules load.
public final class Registry<Element: Sendable>: Sendable {
    private let elements = Mutex<[String: Element]>([:])

    /// An empty registry.
    public init() {}

    /// Registers an element; a later one of the same name replaces the earlier.
    public func register(_ element: Element, as name: String) {
        elements.withLock { $0[name.lowercased()] = element }
    }

    /// Takes an element out.
    public func remove(_ name: String) {
        elements.withLock { $0[name.lowercased()] = nil }
    }

    /// The element of that name.
    public subscript(_ name: String) -> Element? {
        elements.withLock { elements in
            elements[name] ?? elements[name.lowercased()]
        }
    }

    /// Every name, in alphabetical order.
    public var names: [String] {
        elements.withLock { $0.keys.sorted() }
    }
}
