internal import Base

/// The variables of a channel: insertion-ordered, with case-insensitive names and value semantics.
///
/// Dialplans, event headers and CDRs show variables in the order in which they were first set, and names differ only
/// by letters, never by case. A call carries a few dozen to two hundred of them, so the store is two flat arrays: a
/// scan over folded hashes beats a hash table at this size and costs a fraction of its memory.
///
/// Array values are text in FreeSWITCH's form, `ARRAY::a|:b|:c`; see ``VariableArray``.
public struct Variables: Sendable, Equatable {
    /// One variable: the name as it was first written, and its value.
    public struct Entry: Sendable, Equatable {
        /// The name, in the case of its first assignment.
        public let name: String
        /// The value; empty only for an array element set to nothing, since an empty value deletes its variable.
        public internal(set) var value: String
    }

    /// What became of an assignment.
    public enum SetResult: Sendable, Equatable {
        /// The value is stored.
        case stored
        /// The value was nil or empty, so the variable is gone.
        case removed
        /// The value still contains `${` and would be expanded later with the rights of the dialplan.
        case refusedExpansion
        /// The name is empty or too long, the array index is outside `0...4000`, or the store is full.
        case refusedLimit

        /// Whether the assignment took effect.
        public var isAccepted: Bool { self == .stored || self == .removed }
    }

    /// The most variables one channel may hold; a peer that sends thousands of headers must not grow a call forever.
    public static let maximumCount = 4096
    /// The longest name, in bytes.
    public static let maximumNameLength = 1024

    /// By how many the store grows: doubling would leave half of it empty for most calls.
    private static let growth = 16

    private var hashes: ContiguousArray<UInt32> = []
    private var entries: ContiguousArray<Entry> = []

    /// Makes an empty store.
    public init() {}

    /// The number of variables.
    public var count: Int { entries.count }

    /// Whether there are no variables.
    public var isEmpty: Bool { entries.isEmpty }

    /// The value of a variable, in its raw form when it is an array.
    public subscript(name: String) -> String? {
        guard let position = position(of: name) else { return nil }
        return entries[position].value
    }

    /// One element of an array variable; a plain value is an array of one.
    public func element(_ index: Int, of name: String) -> String? {
        guard index >= 0, let value = self[name] else { return nil }
        return VariableArray.element(index, of: value)
    }

    /// Sets a variable as applications and signalling may: nil or empty deletes, a value that contains `${` is refused.
    ///
    /// The guard keeps text of the far end (a caller's name, a header) from being run as an expression when another
    /// application expands the variable. A name such as `list[3]` sets one element of an array.
    @discardableResult
    public mutating func set(_ name: String, _ value: String?) -> SetResult {
        if let value, Template.containsReference(value) { return .refusedExpansion }
        return setUnchecked(name, value)
    }

    /// Sets a variable without the injection guard, for values that are meant to be expanded later.
    ///
    /// Only for text of the administrator (`set`, `export`, `multiset`, `push` in the dialplan), never of a peer.
    @discardableResult
    public mutating func setUnchecked(_ name: String, _ value: String?) -> SetResult {
        if name.utf8.last == UInt8(ascii: "]"), let target = VariableReference.elementTarget(of: name) {
            return setElement(target.index, of: target.name, to: value ?? "")
        }
        guard let value, !value.isEmpty else {
            remove(name)
            return .removed
        }
        return store(name, value)
    }

    /// Sets one element of an array variable, filling missing elements before it with empty text.
    @discardableResult
    public mutating func setElement(_ index: Int, of name: String, to value: String) -> SetResult {
        guard index >= 0, index <= VariableArray.maximumIndex else { return .refusedLimit }
        var elements = self[name].map(VariableArray.elements(of:)) ?? []
        while elements.count <= index { elements.append("") }
        elements[index] = value
        return store(name, VariableArray.text(of: elements))
    }

    /// Adds a value at the end of an array variable; a plain value becomes its first element.
    ///
    /// Not guarded against `${`, as `push` may store expressions.
    @discardableResult
    public mutating func push(_ name: String, _ value: String) -> SetResult {
        addElement(name, value, atFront: false)
    }

    /// Adds a value at the front of an array variable; a plain value becomes its last element.
    @discardableResult
    public mutating func unshift(_ name: String, _ value: String) -> SetResult {
        addElement(name, value, atFront: true)
    }

    /// Replaces an array variable with what an expression captured; nothing captured removes it.
    ///
    /// Captured text is often a caller's, so `${` in it becomes `%{`.
    @discardableResult
    public mutating func setCaptures(_ name: String, _ captures: [String]) -> SetResult {
        let elements = captures.prefix(VariableArray.maximumIndex).map(Template.neutralized)
        return setUnchecked(name, VariableArray.text(of: elements))
    }

    /// Removes a variable and returns its last value.
    @discardableResult
    public mutating func remove(_ name: String) -> String? {
        guard let position = position(of: name) else { return nil }
        hashes.remove(at: position)
        return entries.remove(at: position).value
    }

    /// Removes every variable.
    public mutating func removeAll() {
        hashes.removeAll()
        entries.removeAll()
    }

    /// Copies all variables of another store into this one, replacing those of the same name.
    public mutating func merge(_ other: Variables) {
        for entry in other.entries { store(entry.name, entry.value) }
    }

    private mutating func addElement(_ name: String, _ value: String, atFront: Bool) -> SetResult {
        guard let current = self[name] else { return setUnchecked(name, value) }
        var elements = VariableArray.elements(of: current)
        guard elements.count <= VariableArray.maximumIndex else { return .refusedLimit }
        elements.insert(value, at: atFront ? 0 : elements.count)
        return store(name, VariableArray.text(of: elements))
    }

    @discardableResult
    private mutating func store(_ name: String, _ value: String) -> SetResult {
        if let position = position(of: name) {
            entries[position].value = value
            return .stored
        }
        guard entries.count < Self.maximumCount, !name.isEmpty, name.utf8.count <= Self.maximumNameLength else {
            return .refusedLimit
        }
        if entries.count == entries.capacity {
            hashes.reserveCapacity(entries.count + Self.growth)
            entries.reserveCapacity(entries.count + Self.growth)
        }
        hashes.append(Self.hash(name))
        entries.append(Entry(name: name, value: value))
        return .stored
    }

    private func position(of name: String) -> Int? {
        let wanted = Self.hash(name)
        for position in hashes.indices where hashes[position] == wanted {
            if entries[position].name.equalsIgnoringASCIICase(name) { return position }
        }
        return nil
    }

    /// FNV-1a over the folded name.
    private static func hash(_ name: String) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for byte in name.utf8 { hash = (hash ^ UInt32(byte.lowercasedASCII)) &* 16_777_619 }
        return hash
    }
}

extension Variables: RandomAccessCollection {
    /// The position of the first variable.
    public var startIndex: Int { 0 }
    /// The position after the last variable.
    public var endIndex: Int { entries.count }
    /// The variable at a position, in the order of first assignment.
    public subscript(position: Int) -> Entry { entries[position] }
}
