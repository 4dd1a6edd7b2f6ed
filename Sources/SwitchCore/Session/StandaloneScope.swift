import Base
import XMLConfig

/// Variables for an expansion that belongs to no channel: a directory's dial string, a command's argument.
public struct StandaloneScope: ExpansionScope {
    private let softswitch: Switch
    private let variables: [(name: String, value: String)]

    /// A scope of some variables, over the switch's global ones.
    public init(_ softswitch: Switch, variables: [(name: String, value: String)] = []) {
        (self.softswitch, self.variables) = (softswitch, variables)
    }

    /// The value of a name.
    public func variable(_ name: String, index: Int?) -> String? {
        let value = variables.last { $0.name.equalsIgnoringASCIICase(name) }?.value ?? softswitch.xml.globals[name]
        guard let index, let value else { return value }
        return VariableArray.element(index, of: value)
    }

    /// Runs a command of the switch.
    public func callAPI(_ name: String, arguments: String) async -> String? {
        await softswitch.answer(toExpression: name, arguments)
    }
}
