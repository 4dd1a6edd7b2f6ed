import Logging
import NIOPosix
import SwitchCore
import TandemTesting
import XMLConfig

@testable import XMLCurl

/// A switch that asks web servers, and has a file beside them.
struct WebSwitch {
    let log = LogCapture()
    let directory = TemporaryDirectory()
    let softswitch: Switch
    let module: XMLCurlModule

    /// - Parameter bindings: What is inside of `<bindings>`.
    init(_ bindings: String) throws {
        let log = log
        softswitch = try Switch.simulated(
            on: SimulatedLoop(),
            xml: """
                <document type="freeswitch/xml">
                  <section name="configuration">
                    <configuration name="xml_curl.conf"><bindings>\(bindings)</bindings></configuration>
                    <configuration name="other.conf" from="file"/>
                  </section>
                  <section name="directory"><domain name="a.example" from="file"/></section>
                </document>
                """,
            ports: 46800...46900,
            modules: [],
            logger: Logger(label: "test") { _ in log },
            report: { Logger(label: "test") { _ in log }.error("\($0)") }
        )
        softswitch.xml.globals["switchname"] = "pbx1"
        softswitch.xml.globals["temp_dir"] = directory.path
        softswitch.xml.globals["secret_variable"] = "global"
        module = XMLCurlModule(softswitch)
    }

    /// Machines that run many tests at once are slow; a test about time limits says its own after these.
    private static let patience = [("timeout", "60"), ("connect-timeout", "60")]

    /// A binding to a port on loopback.
    static func binding(
        _ port: Int,
        name: String = "web",
        scheme: String = "http",
        path: String = "/",
        sections: String = "directory|dialplan|languages",
        _ parameters: [(String, String)] = []
    ) -> String {
        let url = "\(scheme)://127.0.0.1:\(port)\(path)"
        let lines = (patience + parameters).map { "<param name=\"\($0.0)\" value=\"\($0.1)\"/>" }
        return """
            <binding name="\(name)">
              <param name="gateway-url" value="\(url)" bindings="\(sections)"/>\(lines.joined())
            </binding>
            """
    }

    /// What answers for the domain: `file` when it is the files.
    func source(of domain: String = "a.example") async -> String? {
        await softswitch.directory.domain(domain)?.node[attribute: "from"]
    }

    /// How many questions ended so, over all bindings.
    func count(_ outcome: FetchOutcome) -> Int {
        module.statuses.reduce(0) { $0 + ($1.counts[outcome] ?? 0) }
    }

    /// A document with a domain.
    static func domain(from source: String, _ more: String = "") -> TestWebServer.Behaviour {
        .page(
            200,
            [("Content-Type", "text/xml")],
            """
            <?xml version="1.0" encoding="UTF-8" standalone="no"?>
            <document type="freeswitch/xml"><section name="directory">
              <domain name="a.example" from="\(source)">\(more)</domain>
            </section></document>
            """
        )
    }

    /// The document that says that there is nothing.
    static let nothing = TestWebServer.Behaviour.page(
        200,
        [],
        """
        <document type="freeswitch/xml"><section name="result"><result status="not found"/></section></document>
        """
    )
}
