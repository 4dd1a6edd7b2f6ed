import Base
import Testing
import XMLConfig

@testable import Lookups

/// What `enum.conf` says.
struct ConfigurationTests {
    @Test func readsWhatThereIs() throws {
        let configuration = try ENUMConfiguration.reading(
            """
            <settings>
              <param name="default-root" value="e164.example"/><param name="default-isn-root" value="isn.example"/>
              <param name="auto-reload" value="true"/><param name="query-timeout-ms" value="200"/>
              <param name="query-timeout-retry" value="2"/><param name="random-nameserver" value="true"/>
              <param name="nameserver" value="192.0.2.1"/><param name="nameserver" value="[2001:db8::1]:5353"/>
              <param name="use-server" value="192.0.2.3:54"/>
            </settings>
            <routes><route service="E2U+sip" regex="sip:(.*)" replace="sofia/out/$1"/></routes>
            """
        )
        #expect(configuration.root == "e164.example" && configuration.subscriberRoot == "isn.example")
        #expect(configuration.followsReloads && configuration.plan.isRandom)
        #expect(configuration.plan.timeout == .milliseconds(200) && configuration.plan.rounds == 2)
        #expect(
            configuration.plan.servers.map(\.description) == ["192.0.2.1:53", "[2001:db8::1]:5353", "192.0.2.3:54"]
        )
        #expect(configuration.routes.map(\.service) == ["E2U+sip"])
    }

    @Test func hasDefaults() throws {
        let configuration = try ENUMConfiguration.reading("")
        #expect(configuration.root == "e164.arpa" && configuration.subscriberRoot == "freenum.org")
        #expect(configuration.plan == NameServerPlan())
        #expect(!configuration.followsReloads && configuration.routes.isEmpty)
        let seconds = try ENUMConfiguration.reading(
            #"<settings><param name="query-timeout" value="2"/></settings>"#
        )
        #expect(seconds.plan.timeout == .seconds(2))
    }

    @Test(
        arguments: [
            (#"<settings><param name="default-root" value="a..b"/></settings>"#, "default-root is \"a..b\""),
            (#"<settings><param name="nameserver" value="ns.example"/></settings>"#, "nameserver is \"ns.example\""),
            (#"<settings><param name="query-timeout-ms" value="0"/></settings>"#, "query-timeout-ms"),
            (#"<settings><param name="query-timeout-retry" value="11"/></settings>"#, "query-timeout-retry"),
            (#"<settings><param name="defautl-root" value="a"/></settings>"#, "did you mean \"default-root\"?"),
            (#"<settings><param name="log-level-trace" value="1"/></settings>"#, "has no effect"),
            (#"<routes><route service="E2U+sip" regex="(" replace="x"/></routes>"#, "regex \"(\" cannot be compiled"),
            (#"<routes><route service="E2U+sip" replace="x"/></routes>"#, "a route needs service, regex and replace"),
        ]
    )
    func checkSaysWhatIsWrong(lines: String, wrong: String) throws {
        let node = try XMLDocument.parse(Array("<configuration>\(lines)</configuration>".utf8), named: "test")
        #expect(ENUMCheck.diagnostics(for: node).contains { $0.message.contains(wrong) })
    }

    /// Ten servers, and so many routes.
    @Test func hasLimits() throws {
        let servers = (1...12).map { "<param name=\"nameserver\" value=\"192.0.2.\($0)\"/>" }.joined()
        let routes = (1...80).map { "<route service=\"E2U+\($0)\" regex=\"x\" replace=\"y\"/>" }.joined()
        let configuration = try ENUMConfiguration.reading("<settings>\(servers)</settings><routes>\(routes)</routes>")
        #expect(configuration.plan.servers.count == NameServerPlan.maximumServers)
        #expect(configuration.routes.count == ENUMConfiguration.maximumRoutes)
    }

    /// The servers of the machine, as `resolv.conf` has them.
    @Test(
        arguments: [
            ("", ["127.0.0.1:53"]), ("# nameserver 192.0.2.9\nsearch example\n", ["127.0.0.1:53"]),
            (
                "nameserver 192.0.2.1\nnameserver\t2001:db8::1\nnameserver x\nnameservers 192.0.2.4\n",
                ["192.0.2.1:53", "[2001:db8::1]:53"]
            ),
        ]
    )
    func readsTheMachinesServers(_ text: String, _ servers: [String]) {
        #expect(NameServerPlan.servers(ofMachine: text).map(\.description) == servers)
    }
}
