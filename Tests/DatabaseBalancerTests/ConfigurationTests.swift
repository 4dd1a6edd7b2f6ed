import Testing
import XMLConfig

@testable import DatabaseBalancer

/// What is read of `balancer.conf`.
struct ConfigurationTests {
    private static func read(_ balancers: String) throws -> BalancerConfiguration {
        let text = "<configuration name=\"balancer.conf\"><balancers>\(balancers)</balancers></configuration>"
        return BalancerConfiguration(xml: try XMLDocument.parse(Array(text.utf8), named: "balancer.conf.xml"))
    }

    private static let node = "<node name=\"n\"><param name=\"dsn\" value=\"sqlite:///n.db\"/></node>"

    @Test func everythingIsRead() throws {
        let configuration = try Self.read(
            """
            <balancer name="main"><param name="writers" value="multiple"/><param name="policy" value="round-robin"/>
            <param name="maximum-lag-ms" value="900"/><param name="writer-grace-ms" value="1500"/>
            <param name="fail-back" value="false"/><param name="fail-back-ms" value="7000"/>
            <node name="a"><param name="dsn" value="sqlite:///a.db"/><param name="priority" value="3"/>
            <param name="write" value="false"/></node>\(Self.node)</balancer>
            """
        )
        #expect(configuration.diagnostics.isEmpty)
        let main = try #require(configuration.balancers.first)
        #expect(main.name == "main" && main.writers == .multiple && main.policy == .roundRobin)
        #expect(main.maximumLag == .milliseconds(900) && main.writerGrace == .milliseconds(1500))
        #expect(!main.failsBack && main.failBackHold == .seconds(7))
        #expect(main.nodes.map(\.name) == ["a", "n"])
        #expect(main.nodes.first?.priority == 3 && main.nodes.first?.mayWrite == false)
    }

    @Test(arguments: [
        ("<balancer>\(node)</balancer>", "needs a name"),
        ("<balancer name=\"a b\">\(node)</balancer>", "needs a name"),
        ("<balancer name=\"x\"/>", "has no nodes"),
        ("<balancer name=\"x\">\(node)\(node)</balancer>", "the node n is there twice"),
        ("<balancer name=\"x\"><node name=\"n\"/></balancer>", "has no dsn"),
        (
            "<balancer name=\"x\"><node name=\"n\"><param name=\"dsn\" value=\"odbc://x\"/></node></balancer>",
            "the node n"
        ),
        ("<balancer name=\"x\"><param name=\"writers\" value=\"two\"/>\(node)</balancer>", "writers is \"two\""),
        ("<balancer name=\"x\"><param name=\"writer-grace-ms\" value=\"9\"/>\(node)</balancer>", "writer-grace-ms is"),
    ])
    func whatIsWrongIsSaid(_ text: String, _ hint: String) throws {
        let configuration = try Self.read(text)
        #expect(configuration.balancers.isEmpty)
        #expect(configuration.diagnostics.contains { $0.description.contains(hint) })
    }

    @Test(arguments: [
        ("balancer://main", "balancer://main"), ("BALANCER://main", "balancer://main"), ("balancer://", nil),
        ("balancer://a/b", nil), ("core", "sqlite:///db/core.db"),
    ])
    func namesAreRead(_ text: String, _ description: String?) {
        #expect((try? DataSourceName(text, directory: "/db"))?.description == description)
    }
}
