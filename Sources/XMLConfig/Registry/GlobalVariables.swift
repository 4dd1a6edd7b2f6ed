import Base
import Synchronization

/// The switch's global variables, which `$${…}` reads in files and `${…}` at run time.
///
/// Names compare without case. A reload adds and changes variables and never removes one.
public final class GlobalVariables: Sendable {
    private struct Variable {
        let order: Int
        let name: String
        var value: String
    }

    private struct State {
        var variables: [String: Variable] = [:]
        var count = 0
    }

    private let state: Mutex<State>

    /// A store that begins with some variables, such as the built-in directory names.
    public init(_ variables: [(name: String, value: String)] = []) {
        var state = State()
        for (name, value) in variables { Self.set(name, Self.storable(value), in: &state) }
        self.state = Mutex(state)
    }

    /// A variable's value.
    ///
    /// Setting stores it with every `${` as `%{`; setting `nil` removes it.
    public subscript(name: String) -> String? {
        get { state.withLock { $0.variables[name.foldedASCII]?.value } }
        set {
            state.withLock { state in
                guard let newValue else {
                    state.variables[name.foldedASCII] = nil
                    return
                }
                Self.set(name, Self.storable(newValue), in: &state)
            }
        }
    }

    /// Sets several at once: nobody sees some of them without the others.
    func set(_ variables: [(name: String, value: String)]) {
        state.withLock { state in
            for (name, value) in variables { Self.set(name, Self.storable(value), in: &state) }
        }
    }

    /// Changes a variable when its value is still `expected`, as `global_setvar name=new old` asks.
    ///
    /// - Returns: Whether it was changed. A variable that does not exist counts as empty.
    public func replace(_ name: String, with value: String, ifEqualTo expected: String) -> Bool {
        state.withLock { state in
            guard state.variables[name.foldedASCII]?.value ?? "" == expected else { return false }
            Self.set(name, Self.storable(value), in: &state)
            return true
        }
    }

    /// All variables in the order they were first set in.
    public var all: [(name: String, value: String)] {
        state.withLock { $0.variables.values.sorted { $0.order < $1.order } }.map { ($0.name, $0.value) }
    }

    /// A value as the store keeps it: a global cannot hold a run-time expression, so `${` becomes `%{`.
    static func storable(_ value: String) -> String {
        guard value.utf8.contains(UInt8(ascii: "$")) else { return value }
        var bytes = Array(value.utf8)
        for index in bytes.indices.dropLast()
        where bytes[index] == UInt8(ascii: "$") && bytes[index + 1] == UInt8(ascii: "{") {
            bytes[index] = UInt8(ascii: "%")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func set(_ name: String, _ value: String, in state: inout State) {
        let key = name.foldedASCII
        if state.variables[key] != nil {
            state.variables[key]?.value = value
        } else {
            state.variables[key] = Variable(order: state.count, name: name, value: value)
            state.count += 1
        }
    }
}
