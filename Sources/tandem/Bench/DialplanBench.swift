import DialplanXML
import SwitchCore
import XMLConfig

/// Hunting for an extension.
enum DialplanBench {
    static func run(conf: String) async throws {
        print("dialplan, one hunt")
        var directories = Directories(base: "/nonexistent")
        directories.conf = conf
        let globals = GlobalVariables(directories.globals + [("local_ip_v4", "127.0.0.1")])
        let loaded = try FileConfigurationSource(path: conf + "/freeswitch.xml").load(globals: globals)
        let section = loaded.root.firstChild(named: "section", where: "name", equals: "dialplan")
        if let node = section?.firstChild(named: "context", where: "name", equals: "default") {
            await measure("our default context, 1001", CompiledContext(compiling: node), "1001")
            await measure("our default context, a number that is not there", CompiledContext(compiling: node), "77777")
        }
        await measure("500 extensions, the last one", CompiledContext(compiling: manyExtensions()), "1499")
        print("")
    }

    private static func measure(_ name: String, _ context: CompiledContext, _ number: String) async {
        let subject = BenchSubject(number)
        Stopwatch.report(name, await Stopwatch.nanoseconds { _ = await context.hunt(for: subject) })
    }

    private static func manyExtensions() -> XMLNode {
        let extensions = (1000..<1500).map { number in
            let action = XMLNode("action", attributes: [("application", "bridge"), ("data", "user/\(number)")])
            let condition = XMLNode(
                "condition",
                attributes: [("field", "destination_number"), ("expression", "^\(number)$")],
                children: [action]
            )
            return XMLNode("extension", attributes: [("name", "extension_\(number)")], children: [condition])
        }
        return XMLNode("context", attributes: [("name", "bench")], children: extensions)
    }
}

/// A caller who dialled a number and has no variables.
private final class BenchSubject: DialplanSubject {
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
