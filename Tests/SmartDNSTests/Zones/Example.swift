import Base
import DNSMessage
import XMLConfig

@testable import SmartDNS

/// A configuration for tests: three data centers, of which two have addresses of IPv6.
enum Example {
    static let settings = """
        <param name="listen-port" value="0"/><param name="ttl-spread" value="0"/>
        <param name="allow-axfr" value="127.0.0.0/8"/><param name="exploration-percent" value="0"/>
        """
    static let centers = """
        <data-center name="a"><param name="address" value="192.0.2.1"/></data-center>
        <data-center name="b"><param name="address" value="192.0.2.2"/>
        <param name="address" value="2001:db8::2"/></data-center>
        <data-center name="c"><param name="address" value="192.0.2.3"/>
        <param name="address" value="2001:db8::3"/></data-center>
        """
    static let zones = """
        <zone name="example.net"><param name="name-server" value="ns1"/><param name="name-server" value="ns.other."/>
        <record name="ns1" type="A" content="192.0.2.53"/><record name="www" type="CNAME" content="web"/>
        <record name="web" type="A" content="192.0.2.80" ttl="60"/><record name="x.deep" type="TXT" content="t"/>
        <service name="sip" transports="udp,tls,wss" port-udp="5080"/></zone>
        """

    static func configuration(
        settings: String = settings,
        centers: String = centers,
        zones: String = zones
    ) throws -> SmartDNSConfiguration {
        let text = """
            <configuration name="smart_dns.conf"><settings>\(settings)</settings>
            <data-centers>\(centers)</data-centers><zones>\(zones)</zones></configuration>
            """
        var diagnostics: [Diagnostic] = []
        return try SmartDNSConfiguration(
            xml: XMLDocument.parse(Array(text.utf8), named: "f"),
            diagnostics: &diagnostics
        )
    }

    static func name(_ text: String) -> DomainName { DomainName(text) ?? .root }
}
