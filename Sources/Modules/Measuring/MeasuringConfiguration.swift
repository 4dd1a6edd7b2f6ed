import Base
import Cache
import Database
import DatabaseBalancer
import HTTPTransport
import NetworkConditions
import Telemetry
public import XMLConfig

/// The settings of `network_conditions.conf`.
struct MeasuringConfiguration: Hashable, Sendable {
    /// How many other data centers are asked whether they are ready.
    private static let centerLimit = 16

    /// The data center that this switch is in (`data-center`); nothing is measured without.
    var dataCenter = ""
    /// The name among the switches of the data center (`node`); the machine's when empty.
    var node = ""
    /// Where summaries go (`dsn`); nowhere when empty.
    var dsn = ""
    /// The memcached servers that they go to as well (`memcache-servers`).
    var servers: [ServerAddress] = []
    /// How often media are looked at, and summaries are written (`interval`).
    var interval = Duration.seconds(5)
    /// How much of addresses is kept, and for how long (`ipv4-prefix`, `ipv6-prefix`, `maximum-networks`,
    /// `retention-hours`).
    var collecting = ConditionCollector.Settings()
    /// How rows are kept in the database (`maximum-rows`, `retention-hours`).
    var limits = SharedConditions.Limits()
    /// Whether name servers are told where users of which domain come from (`report-arrivals`).
    var reportsArrivals = true
    /// How often registered phones are asked whether they are there (`probe-contacts`, seconds); never by default.
    var contactProbing: Duration?
    /// The other data centers that are asked whether they are ready.
    var centers: [CenterProber.Target] = []

    /// The defaults, with which nothing is measured.
    init() {}

    /// Reads `network_conditions.conf`.
    ///
    /// - Throws: What is wrong with it, with file and line.
    init(xml: XMLNode, diagnostics: inout [Diagnostic]) throws(ConfigurationError) {
        var reader = ConfigurationReader(settingsOf: xml)
        if let center = reader.nonEmptyString("data-center") {
            if let refusal = SiteName.refusal(ofDataCenter: center) {
                reader.report(.error, at: xml.location, "data-center is \"\(center)\": \(refusal)")
            }
            dataCenter = center
        }
        node = reader.value("node", expecting: "a name without blanks") { SiteName.isName($0) ? $0 : nil } ?? ""
        dsn = reader.dataSource("dsn") ?? ""
        servers = reader.value("memcache-servers", expecting: "host,host:port", Self.servers) ?? []
        interval = .seconds(reader.integer("interval", in: 1...60, default: 5))
        collecting.lengthV4 = Self.prefix("ipv4-prefix", [16, 20, 24, 28, 32], &reader) ?? collecting.lengthV4
        collecting.lengthV6 = Self.prefix("ipv6-prefix", [32, 40, 48, 56, 64], &reader) ?? collecting.lengthV6
        collecting.maximumNetworks = reader.integer(
            "maximum-networks",
            in: 1...200_000,
            default: collecting.maximumNetworks
        )
        limits.rows = reader.integer("maximum-rows", in: 1...SharedConditions.maximumRows, default: limits.rows)
        let hours = reader.integer("retention-hours", in: 1...720, default: 24)
        (collecting.retention, limits.retention) = (.seconds(hours * 3600), hours * 3600)
        reportsArrivals = reader.boolean("report-arrivals", default: reportsArrivals)
        let probing = reader.integer("probe-contacts", in: 0...86_400, default: 0)
        contactProbing = probing > 0 ? .seconds(max(probing, Self.shortestProbing)) : nil
        for node in xml.first("data-centers")?.children(named: "data-center").map({ $0 }) ?? [] {
            do throws(ProbeFault) {
                guard centers.count < Self.centerLimit else { throw ProbeFault("there are too many data centers") }
                centers.append(try Self.target(node))
            } catch {
                reader.report(.error, at: node.location, error.sentence)
            }
        }
        diagnostics += try reader.finish()
    }

    /// Nobody is asked more often than this, in seconds.
    private static let shortestProbing = 30

    private struct ProbeFault: Error {
        let sentence: String

        init(_ sentence: String) { self.sentence = sentence }
    }

    private static func target(_ node: XMLNode) throws(ProbeFault) -> CenterProber.Target {
        let center = node[attribute: "name"] ?? ""
        if let refusal = SiteName.refusal(ofDataCenter: center) { throw ProbeFault(refusal) }
        let parameters = ParameterList(of: node)
        for parameter in parameters.parameters where parameter.name != "probe" {
            throw ProbeFault("a data center has no parameter \(parameter.name)")
        }
        guard let text = parameters["probe"], let url = try? HTTPURL(text), !url.isEncrypted else {
            throw ProbeFault("data center \(center) needs a probe: http://address:port/readyz")
        }
        return CenterProber.Target(center: center, url: url)
    }

    /// A length of prefix by which name servers tell networks apart: others would take the place of each other.
    private static func prefix(_ name: String, _ lengths: [Int], _ reader: inout ConfigurationReader) -> Int? {
        let wanted = lengths.map(String.init).joined(separator: ", ")
        return reader.value(name, expecting: "one of \(wanted)") { text in
            Int(text).flatMap { lengths.contains($0) ? $0 : nil }
        }
    }

    private static func servers(_ text: String) -> [ServerAddress]? {
        text.isEmpty ? [] : ServerAddress.list(text)
    }
}

/// Reads the module's configuration without acting on it, for the check of a tree.
public enum MeasuringCheck {
    /// The configurations that it reads.
    public static let configurations = [MeasuringModule.configuration]

    /// What there is to say about a configuration.
    public static func diagnostics(for node: XMLNode) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        do throws(ConfigurationError) {
            _ = try MeasuringConfiguration(xml: node, diagnostics: &diagnostics)
            return diagnostics
        } catch {
            return error.diagnostics
        }
    }
}
