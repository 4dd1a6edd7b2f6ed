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

    /// Every element, in the alphabetical order of their names.
    public var all: [Element] {
        elements.withLock { elements in elements.sorted { $0.key < $1.key }.map(\.value) }
    }

    /// Whether there is none.
    public var isEmpty: Bool { elements.withLock { $0.isEmpty } }

    /// Every name, in alphabetical order.
    public var names: [String] {
        elements.withLock { $0.keys.sorted() }
    }
}
