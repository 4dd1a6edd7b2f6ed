import Glibc
import SwitchCore
import TandemTesting
import Testing

/// Dialplans in files of their own: `XML:/path/file.xml`.
struct DialplanFileTests {
    /// A file that is gone with the test.
    private final class Plan {
        private let directory = TemporaryDirectory()

        var path: String { "\(directory.path)/plan.xml" }

        func write(_ text: String) {
            guard let file = fopen(path, "w") else { return }
            fputs(text, file)
            fclose(file)
        }
    }

    private static func document(_ value: String, in element: (String, String) = ("", "")) -> String {
        """
        <document><section name="dialplan">\(element.0)<context name="default"><extension name="x"><condition>
        <action application="set" data="found=\(value)"/><action application="park"/></condition></extension></context>
        \(element.1)</section></document>
        """
    }

    private static func exchange(_ plan: Plan, log: LogCapture? = nil) throws -> TestSwitch {
        try TestSwitch(
            Actions.extension("1", [("transfer", "2 XML:\(plan.path)")])
                + Actions.extension("2", [("set", "found=tree")]),
            log: log
        )
    }

    private static func found(_ exchange: TestSwitch) throws -> String? {
        let call = try exchange.call("1")
        _ = exchange.loop.runUntil {
            exchange.variable("found", of: call) != nil || exchange.variable("hangup_cause", of: call) != nil
        }
        return exchange.variable("found", of: call) ?? exchange.variable("hangup_cause", of: call)
    }

    @Test(arguments: [("", ""), ("<dialplan>", "</dialplan>")])
    func findsWhatIsThere(_ element: (String, String)) throws {
        let plan = Plan()
        plan.write(Self.document("file", in: element))
        let exchange = try Self.exchange(plan)
        #expect(try Self.found(exchange) == "file")
        // What is changed counts at the next call.
        plan.write(Self.document("changed", in: element))
        #expect(try Self.found(exchange) == "changed")
    }

    /// What cannot be read finds nothing, and the log says why.
    @Test(
        arguments: [
            (nil, "No such file"), ("<document>", "plan.xml"), ("<document/>", "has no section dialplan"),
            ("<document><section name=\"dialplan\"/></document>", "there is no such dialplan context"),
        ] as [(String?, String)]
    )
    func saysWhatIsWrong(_ text: String?, _ reason: String) throws {
        let (plan, log) = (Plan(), LogCapture())
        if let text { plan.write(text) }
        #expect(try Self.found(Self.exchange(plan, log: log)) == "NO_ROUTE_DESTINATION")
        #expect(log.lines.contains { $0.contains(reason) })
    }
}
