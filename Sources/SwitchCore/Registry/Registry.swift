import Synchronization

/// Things that modules register under a name: applications, commands, endpoints, dialplan engines.
///
/// Names compare without case, as operators expect. Reads are frequent and short; writes happen when modules load.
public final class Registry<Element: Sendable>: Sendable {
    private struct Entry {
        let element: Element
        let owner: String
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// An empty registry.
    public init() {}

    /// Registers an element, on behalf of the module that is being loaded; a later one of the same name replaces the
    /// earlier.
    public func register(_ element: Element, as name: String) {
        let entry = Entry(element: element, owner: ModuleLoader.current)
        entries.withLock { $0[name.lowercased()] = entry }
    }

    /// Takes an element out.
    public func remove(_ name: String) {
        entries.withLock { $0[name.lowercased()] = nil }
    }

    /// Takes out everything that a module registered.
    public func removeAll(of module: String) {
        entries.withLock { entries in entries = entries.filter { $0.value.owner != module } }
    }

    /// The element of that name.
    public subscript(_ name: String) -> Element? {
        entries.withLock { entries in
            (entries[name] ?? entries[name.lowercased()])?.element
        }
    }

    /// The module that registered the element of that name.
    public func module(of name: String) -> String? {
        entries.withLock { $0[name.lowercased()]?.owner }
    }

    /// Every element, in the alphabetical order of their names.
    public var all: [Element] {
        entries.withLock { entries in entries.sorted { $0.key < $1.key }.map(\.value.element) }
    }

    /// Whether there is none.
    public var isEmpty: Bool { entries.withLock { $0.isEmpty } }

    /// Every name, in alphabetical order.
    public var names: [String] {
        entries.withLock { $0.keys.sorted() }
    }
}
