import Patterns

/// Finds the bindings of a realm in the keys of a caller: keys go in, what is to be done comes out.
///
/// A key that may begin a binding is held back until the binding is complete, cannot come about any more, or the caller
/// pauses; keys that come to nothing go on to who collects keys.
struct KeyMatcher<Action: Sendable>: Sendable {
    /// The keys of a binding.
    enum Keys: Sendable {
        case literal(String)
        case pattern(RegularExpression)
    }

    /// What became of a key, or of a pause.
    struct Outcome {
        /// What a complete binding does.
        var action: Action?
        /// The keys of that binding.
        var keys = ""
        /// Keys that are no binding's.
        var released = ""
        /// Whether keys are held back, so that a pause must be told.
        var waits = false
    }

    private struct Binding: Sendable {
        var realm: String
        var source: String
        var keys: Keys
        var action: Action
        /// Whether it counts as soon as it is complete, whatever else may come of the keys.
        var isUrgent: Bool
    }

    /// How many bindings there may be, and how many keys are held back.
    static var bindingLimit: Int { 256 }
    static var keyLimit: Int { 128 }

    private var bindings: [Binding] = []
    private var held = ""
    /// The realm whose bindings count; `nil` before the first is made.
    private(set) var realm: String?

    /// Keys that end what is held back, as a pause does.
    var terminators = ""

    /// Adds a binding, in the place of one of the same keys; the first realm is the active one.
    mutating func bind(
        _ source: String,
        as keys: Keys,
        in realm: String,
        to action: Action,
        isUrgent: Bool = false
    ) {
        bindings.removeAll { $0.realm == realm && $0.source == source }
        guard bindings.count < Self.bindingLimit else { return }
        bindings.append(Binding(realm: realm, source: source, keys: keys, action: action, isUrgent: isUrgent))
        if self.realm == nil { self.realm = realm }
    }

    /// Takes the bindings of a realm away.
    mutating func clear(_ realm: String) {
        bindings.removeAll { $0.realm == realm }
    }

    /// Takes all bindings away.
    mutating func clearAll() {
        bindings = []
        held = ""
    }

    /// Makes the bindings of a realm the ones that count.
    mutating func activate(_ realm: String) {
        self.realm = realm
        held = ""
    }

    /// Whether any binding counts now.
    var isActive: Bool { bindings.contains { $0.realm == realm } }

    /// Takes a key.
    mutating func pressed(_ key: Character) -> Outcome {
        if !held.isEmpty, terminators.contains(key) { return paused() }
        held.append(key)
        return settle()
    }

    /// Decides about the keys that are held back.
    private mutating func settle() -> Outcome {
        var released = ""
        while !held.isEmpty {
            let found = candidates(for: held)
            if found.mayGrow, held.count < Self.keyLimit { return Outcome(released: released, waits: true) }
            if let complete = found.complete {
                var outcome = match(complete)
                outcome.released = released
                return outcome
            }
            // The first key begins nothing; those after it may.
            released.append(held.removeFirst())
        }
        return Outcome(released: released)
    }

    /// The caller pauses: what is held back is complete, or nothing.
    mutating func paused() -> Outcome {
        guard !held.isEmpty else { return Outcome() }
        if let complete = candidates(for: held).complete { return match(complete) }
        defer { held = "" }
        return Outcome(released: held)
    }

    private mutating func match(_ action: Action) -> Outcome {
        defer { held = "" }
        return Outcome(action: action, keys: held)
    }

    private func candidates(for keys: String) -> (complete: Action?, mayGrow: Bool) {
        var complete: Action?
        var mayGrow = false
        var isUrgent = false
        for binding in bindings where binding.realm == realm {
            let isComplete: Bool
            switch binding.keys {
            case .literal(let text):
                isComplete = text == keys
                if !isComplete, text.hasPrefix(keys) { mayGrow = true }
            case .pattern(let expression):
                isComplete = expression.matches(keys)
                // What a pattern may still become is not known.
                if !isComplete { mayGrow = true }
            }
            guard isComplete else { continue }
            if complete == nil || (binding.isUrgent && !isUrgent) { complete = binding.action }
            isUrgent = isUrgent || binding.isUrgent
        }
        return (complete, mayGrow && !isUrgent)
    }
}
