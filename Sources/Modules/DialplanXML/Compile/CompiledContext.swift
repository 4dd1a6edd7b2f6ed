internal import Base
import Patterns
public import SwitchCore
internal import Synchronization
public import XMLConfig

/// A `<context>` of the dialplan, compiled once and hunted by any number of calls at the same time.
public final class CompiledContext: Sendable {
    /// The context's name.
    public let name: String
    /// What is wrong or suspicious in it, with file and line.
    public let diagnostics: [Diagnostic]

    let extensions: [CompiledExtension]
    /// The caller-profile fields that its conditions test, lower-case.
    let fieldNames: [String]
    private let dynamicExpressions = Mutex<[String: RegularExpression]>([:])

    /// How many expressions with variables in them are kept compiled.
    private static let maximumDynamicExpressions = 256

    /// Compiles a `<context>` element.
    ///
    /// Mistakes are reported and disable what they are in, as in FreeSWITCH.
    public init(compiling node: XMLNode) {
        var compiler = ContextCompiler()
        name = node[attribute: "name"] ?? ""
        extensions = compiler.extensions(of: node)
        fieldNames = compiler.fieldNames
        diagnostics = compiler.diagnostics.all
    }

    /// The names of its extensions, in order.
    public var extensionNames: [String] { extensions.map(\.name) }

    /// Hunts for the applications that a call shall execute; nil when no condition contributed any.
    ///
    /// Runs in the isolation of its caller. It suspends only for API calls in `${…}` and for inline actions.
    public func hunt(for subject: some DialplanSubject) async -> DialplanRoute? {
        var hunt = Hunt(context: self, subject: subject)
        return await hunt.run()
    }

    /// An expression whose text is known only at run time, compiled or taken from the last calls' ones.
    func expression(_ text: String) throws(RegularExpressionError) -> RegularExpression {
        if let known = dynamicExpressions.withLock({ $0[text] }) { return known }
        let expression = try RegularExpression(expression: text, isKept: false)
        dynamicExpressions.withLock { expressions in
            // The texts come from calls: forget all rather than let a peer choose what stays.
            if expressions.count >= Self.maximumDynamicExpressions { expressions.removeAll() }
            expressions[text] = expression
        }
        return expression
    }

    /// Where hunting begins: at the extension named as the destination when `auto_hunt` is set.
    func startIndex(autoHuntingFor destination: String?) -> Int {
        guard let destination else { return 0 }
        return extensions.firstIndex { $0.name.equalsIgnoringASCIICase(destination) } ?? 0
    }
}
