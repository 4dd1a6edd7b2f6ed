/// A loadable part of the switch, under the name that `modules.conf.xml` uses.
///
/// The life of a module: it is made when `modules.conf` names it; `start` reads its configuration, registers what it
/// offers in the switch's registries and begins to serve, or refuses; `reload` applies what changed in the
/// configuration; `stop` lets go of everything.
public protocol Module: Sendable {
    /// The name in `modules.conf.xml`: `mod_sofia`.
    static var name: String { get }

    /// Reads the configuration, registers what the module offers and begins to serve.
    func start() async throws

    /// Applies the configuration anew after the XML was reloaded.
    func reload() async throws

    /// Ends everything that `start` began.
    func stop() async
}

extension Module {
    /// Most modules read their configuration at use.
    public func reload() async throws {}

    /// Most modules have nothing to let go of.
    public func stop() async {}
}

/// A module that this program has, and how it is made.
public struct ModuleEntry: Sendable {
    /// The name in `modules.conf.xml`.
    public let name: String
    /// Makes the module, with whatever beside the switch it needs.
    public let make: @Sendable (Switch) -> any Module

    /// An entry for a type of module.
    public init<M: Module>(_ type: M.Type, make: @escaping @Sendable (Switch) -> M) {
        (name, self.make) = (M.name, make)
    }
}

/// The modules that this program has, by name: `modules.conf.xml` decides which of them are loaded.
public struct ModuleCatalogue: Sendable {
    private let entries: [String: ModuleEntry]

    /// A catalogue of the given modules.
    public init(_ entries: [ModuleEntry]) {
        self.entries = Dictionary(entries.map { ($0.name, $0) }) { first, _ in first }
    }

    /// The module of that name.
    public subscript(_ name: String) -> ModuleEntry? { entries[name] }

    /// Every name, in alphabetical order.
    public var names: [String] { entries.keys.sorted() }
}
