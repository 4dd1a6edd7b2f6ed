import Glibc
import Logging
public import SwitchCore

/// `mod_expr`: the command `expr`, which computes.
public final class ExpressionModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_expr"

    private let softswitch: Switch

    /// The command for a switch.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
    }

    /// Registers the command.
    public func start() async throws {
        softswitch.commands.register(Self.command, as: Self.command.name)
    }

    static let command = APICommand("expr", syntax: "<expr>", summary: "computes") { context, text in
        do {
            return ExpressionModule.text(of: try Arithmetic.value(of: text))
        } catch {
            context.softswitch.logger.error("expr: \(error)")
            return "!err!"
        }
    }

    /// Ten places after the point at most, and no more than there are.
    private static func text(of value: Double) -> String {
        var buffer = [CChar](repeating: 0, count: 400)
        let length = withVaList([value]) { vsnprintf(&buffer, buffer.count, "%.10f", $0) }
        var text = String(decoding: buffer.prefix(max(Int(length), 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text == "-0" ? "0" : text
    }
}
