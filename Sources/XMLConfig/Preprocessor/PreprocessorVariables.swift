/// The global variables as a preprocessor run sees them: those of the store and those that the run has set.
///
/// The store itself is changed only once the new tree is known to be good.
struct PreprocessorVariables {
    private let store: GlobalVariables
    private var changed: [String: String] = [:]
    private(set) var assignments: [(name: String, value: String)] = []

    init(_ store: GlobalVariables) {
        self.store = store
    }

    subscript(name: String) -> String? { changed[name.foldedASCII] ?? store[name] }

    mutating func set(_ name: String, _ value: String) {
        let stored = GlobalVariables.storable(value)
        changed[name.foldedASCII] = stored
        assignments.append((name, stored))
    }
}
