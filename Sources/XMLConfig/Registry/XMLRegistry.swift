import Synchronization

/// Where every part of the switch asks for configuration: bound providers first, then the files.
public final class XMLRegistry: Sendable {
    /// A provider's place among the bound ones; keep it to take the provider out again.
    public struct Binding: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    /// What a look-up found.
    public struct Answer: Sendable {
        /// The tag that was asked for, or its section when no tag was.
        public let node: XMLNode
        /// The document that the tag is in.
        public let document: XMLNode
        /// The snapshot that the tag came from; `nil` when a provider sent it.
        public let snapshot: ConfigurationSnapshot?
        /// Whether the very same is found again, so that what is made of it may be kept.
        public let isKept: Bool
    }

    private struct Entry: Sendable {
        let binding: Binding
        let name: String
        let sections: Set<XMLSection>
        let provider: any XMLProvider
    }

    private struct State {
        var entries: [Entry] = []
        var nextBinding: UInt64 = 0
        var snapshot: ConfigurationSnapshot
    }

    /// The global variables that `$${…}` and run-time expansion read.
    public let globals: GlobalVariables

    private let loader: (any ConfigurationSource)?
    private let report: @Sendable (Diagnostic) -> Void
    private let state: Mutex<State>
    /// Two reloads at once would race for the generation.
    private let reloading = Mutex(())

    /// A registry that knows nothing before the first ``reload()``.
    ///
    /// - Parameters:
    ///   - source: Where the tree is read from.
    ///   - globals: The store that holds the built-in variables already (`conf_dir`, `hostname` …).
    ///   - report: Receives the failures of providers and what each load noticed.
    public init(
        source: any ConfigurationSource,
        globals: GlobalVariables,
        report: @escaping @Sendable (Diagnostic) -> Void = { _ in }
    ) {
        (loader, self.globals, self.report) = (source, globals, report)
        state = Mutex(State(snapshot: ConfigurationSnapshot(generation: 0, root: XMLNode("document"))))
    }

    /// A registry over a tree in memory; reloading keeps the tree.
    public init(
        root: XMLNode,
        globals: GlobalVariables = GlobalVariables(),
        report: @escaping @Sendable (Diagnostic) -> Void = { _ in }
    ) {
        (loader, self.globals, self.report) = (nil, globals, report)
        state = Mutex(State(snapshot: ConfigurationSnapshot(generation: 1, root: root)))
    }

    /// The tree that is in force.
    public var snapshot: ConfigurationSnapshot { state.withLock { $0.snapshot } }

    // MARK: - Reloading

    /// Reads the tree anew and puts it in force.
    ///
    /// Blocks on files: call it on a thread that may wait.
    ///
    /// - Throws: What is wrong with the new tree; the one in force and the global variables then stay as they are.
    @discardableResult
    public func reload() throws(ConfigurationError) -> ConfigurationSnapshot {
        guard let loader else { return snapshot }
        let outcome: Result<ConfigurationSnapshot, ConfigurationError> = reloading.withLock { _ in
            do throws(ConfigurationError) {
                let loaded = try loader.load(globals: globals)
                globals.set(loaded.assignments)
                return .success(swap(loaded))
            } catch {
                return .failure(error)
            }
        }
        let next = try outcome.get()
        for diagnostic in next.diagnostics { report(diagnostic) }
        return next
    }

    private func swap(_ loaded: LoadedConfiguration) -> ConfigurationSnapshot {
        state.withLock { state in
            let next = ConfigurationSnapshot(
                generation: state.snapshot.generation &+ 1,
                root: loaded.root,
                diagnostics: loaded.diagnostics
            )
            state.snapshot = next
            return next
        }
    }

    // MARK: - Providers

    /// Adds a provider after those that are bound already.
    @discardableResult
    public func bind(_ provider: any XMLProvider, named name: String, to sections: Set<XMLSection>) -> Binding {
        replace([], with: [ProviderEntry(provider, named: name, sections: sections)])[0]
    }

    /// A provider that is to be bound.
    public struct ProviderEntry: Sendable {
        fileprivate let provider: any XMLProvider
        fileprivate let name: String
        fileprivate let sections: Set<XMLSection>

        /// A provider, its name in the log, and the sections that it is asked for.
        public init(_ provider: any XMLProvider, named name: String, sections: Set<XMLSection>) {
            (self.provider, self.name, self.sections) = (provider, name, sections)
        }
    }

    /// Puts providers, in their order, in the place of others: where the first of those is, or after all.
    ///
    /// No look-up sees anything between the old ones and the new ones.
    @discardableResult
    public func replace(_ old: [Binding], with entries: [ProviderEntry]) -> [Binding] {
        state.withLock { state in
            let place = state.entries.firstIndex { old.contains($0.binding) } ?? state.entries.count
            state.entries.removeAll { old.contains($0.binding) }
            let new = entries.map { entry in
                defer { state.nextBinding &+= 1 }
                return Entry(
                    binding: Binding(number: state.nextBinding),
                    name: entry.name,
                    sections: entry.sections,
                    provider: entry.provider
                )
            }
            state.entries.insert(contentsOf: new, at: place)
            return new.map(\.binding)
        }
    }

    /// Takes a provider out; look-ups that it is answering already finish.
    public func unbind(_ binding: Binding) {
        state.withLock { $0.entries.removeAll { $0.binding == binding } }
    }

    /// Whether anybody is asked before the files; what only providers are told need not be made otherwise.
    public func hasProviders(for section: XMLSection) -> Bool {
        state.withLock { $0.entries.contains { $0.sections.contains(section) } }
    }

    // MARK: - Look-ups

    /// The tag of a section whose attribute `key` is `value`; the section itself when the tag is empty.
    ///
    /// Providers are asked in the order they were bound in; the first document wins. When none answers, or the tag
    /// is not in the answer, the files decide.
    public func locate(
        section: XMLSection,
        tag: String,
        key: String,
        value: String,
        parameters: [(String, String)] = []
    ) async -> XMLNode? {
        await answer(section: section, tag: tag, key: key, value: value, parameters: parameters)?.node
    }

    /// The same with where the tag came from.
    public func answer(
        section: XMLSection,
        tag: String,
        key: String,
        value: String,
        parameters: [(String, String)] = []
    ) async -> Answer? {
        await result(section: section, tag: tag, key: key, value: value, parameters: parameters).found
    }

    /// The same with whether it is known that there is nothing.
    public func result(
        section: XMLSection,
        tag: String,
        key: String,
        value: String,
        parameters: [(String, String)] = []
    ) async -> LookUpResult<Answer> {
        var isAnswered = true
        let entries = state.withLock { $0.entries }
        for entry in entries where entry.sections.contains(section) {
            let reply = await entry.provider.fetch(
                section: section,
                tag: tag,
                key: key,
                value: value,
                parameters: parameters
            )
            switch reply {
            case .failure, .unanswered: isAnswered = false
            case .document, .kept, .notFound: break
            }
            guard let document = usable(reply, of: entry, for: section) else { continue }
            if let node = ConfigurationSnapshot.find(section, tag: tag, key: key, value: value, in: document) {
                return .found(Answer(node: node, document: document, snapshot: nil, isKept: isKept(reply)))
            }
            break
        }
        let snapshot = self.snapshot
        guard let node = snapshot.find(section: section, tag: tag, key: key, value: value) else {
            return isAnswered ? .nothing : .unanswered
        }
        return .found(Answer(node: node, document: snapshot.root, snapshot: snapshot, isKept: true))
    }

    /// A module's configuration: `configuration(named: "sofia.conf")`.
    public func configuration(named name: String, parameters: [(String, String)] = []) async -> XMLNode? {
        await locate(
            section: .configuration,
            tag: "configuration",
            key: "name",
            value: name,
            parameters: parameters
        )
    }

    private func isKept(_ reply: XMLProviderAnswer) -> Bool {
        if case .kept = reply { return true }
        return false
    }

    private func usable(_ reply: XMLProviderAnswer, of entry: Entry, for section: XMLSection) -> XMLNode? {
        switch reply {
        case .notFound, .unanswered:
            return nil
        case .failure(let reason):
            report(Diagnostic(.error, at: nil, "\(entry.name) could not answer for \(section.rawValue): \(reason)"))
            return nil
        case .document(let document), .kept(let document):
            let result = ConfigurationSnapshot.section(.result, of: document)?.first("result")
            if result?[attribute: "status"]?.lowercased() == "not found" { return nil }
            return document
        }
    }
}
