import DialplanXML
import SwitchCore
import XMLConfig

/// Hunting for an extension.
enum DialplanBench {
    private static let extensionCount = 500

    static func run(_ stopwatch: Stopwatch, conf: String) async throws -> BenchTable {
        var table = BenchTable(
            "dialplan, \(extensionCount) extensions and the default context in \(conf)",
            unit: "hunt"
        )
        func add(_ what: String, _ context: CompiledContext, _ number: String) async {
            let caller = Caller(number)
            table.add(what, await stopwatch.measure { _ = await context.hunt(for: caller) })
        }
        let root = try ConfigurationTree.load(conf).root
        let section = root.firstChild(named: "section", where: "name", equals: "dialplan")
        if let node = section?.firstChild(named: "context", where: "name", equals: "default") {
            let context = CompiledContext(compiling: node)
            await add("our default context, 1001", context, "1001")
            await add("our default context, a number that is not there", context, "77777")
        }
        let last = "\(999 + extensionCount)"
        // The numbers themselves are compared without the matcher; the second form needs it for each extension.
        await add("^1000$ and so on, the last one", generated { "^\($0)$" }, last)
        await add("^(?:\\+?49)?(1000)$ and so on, the last one", generated { "^(?:\\+?49)?(\($0))$" }, last)
        return table
    }

    private static func generated(_ expression: (Int) -> String) -> CompiledContext {
        let extensions = (1000..<(1000 + extensionCount)).map { number in
            let action = XMLNode("action", attributes: [("application", "bridge"), ("data", "user/\(number)")])
            let condition = XMLNode(
                "condition",
                attributes: [("field", "destination_number"), ("expression", expression(number))],
                children: [action]
            )
            return XMLNode("extension", attributes: [("name", "extension_\(number)")], children: [condition])
        }
        return CompiledContext(compiling: XMLNode("context", attributes: [("name", "bench")], children: extensions))
    }
}

/// Somebody who dialled a number and has no variables.
private final class Caller: DialplanSubject {
    private let number: String

    init(_ number: String) {
        self.number = number
    }

    func profileField(_ name: String) -> String? { name == "destination_number" ? number : nil }
    func variable(_ name: String, index: Int?) -> String? { nil }
    func callAPI(_ name: String, arguments: String) async -> String? { nil }
    func brokenDownTime() -> BrokenDownTime { BrokenDownTime(secondsSinceEpoch: 1_700_000_000) }
    func setCaptures(_ name: String, _ captures: [String]) {}
    func executeInline(_ action: DialplanAction) async {}
}
