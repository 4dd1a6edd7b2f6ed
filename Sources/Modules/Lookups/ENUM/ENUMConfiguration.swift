import Base
import DNSMessage
import Patterns
import SwitchCore
public import XMLConfig

/// The settings of `enum.conf`.
struct ENUMConfiguration: Sendable {
    /// The most routes.
    static let maximumRoutes = 64
    private static let longestTimeout = 60

    /// Where numbers are, unless whoever asks says something else (`default-root`).
    var root = "e164.arpa"
    /// Where ITAD subscriber numbers are (`default-isn-root`).
    var subscriberRoot = "freenum.org"
    /// Whether the configuration is read anew when all XML is (`auto-reload`).
    var followsReloads = false
    /// Who is asked (`nameserver`, `query-timeout-ms` …); without servers those that the machine asks.
    var plan = NameServerPlan()
    /// What becomes of URIs, in the order in which they are tried.
    var routes: [ENUMRouteRule] = []

    /// Nothing but what holds where nothing is said.
    init() {}

    /// Reads `enum.conf`.
    init(xml: XMLNode, diagnostics: inout [Diagnostic]) throws(ConfigurationError) {
        var reader = ConfigurationReader(settingsOf: xml)
        root = reader.domain("default-root", default: root)
        subscriberRoot = reader.domain("default-isn-root", default: subscriberRoot)
        followsReloads = reader.boolean("auto-reload", default: followsReloads)
        if let seconds = reader.integer("query-timeout", in: 1...Self.longestTimeout) {
            plan.timeout = .seconds(seconds)
        }
        if let milliseconds = reader.integer("query-timeout-ms", in: 1...(Self.longestTimeout * 1000)) {
            plan.timeout = .milliseconds(milliseconds)
        }
        plan.rounds = reader.integer("query-timeout-retry", in: 1...10, default: plan.rounds)
        plan.isRandom = reader.boolean("random-nameserver", default: plan.isRandom)
        plan.servers = reader.nameServers()
        reader.noteUnused(["log-level-trace"])
        if let list = xml.first("routes") {
            for node in list.children(named: "route") {
                guard let route = ENUMRouteRule(node, &reader) else { continue }
                guard routes.count < Self.maximumRoutes else {
                    reader.report(.warning, at: node.location, "more than \(Self.maximumRoutes) routes")
                    break
                }
                routes.append(route)
            }
        }
        diagnostics += try reader.finish()
    }
}

extension ConfigurationReader {
    fileprivate mutating func domain(_ name: String, default fallback: String) -> String {
        value(name, expecting: "a domain name") { DomainName($0) == nil ? nil : $0 } ?? fallback
    }

    fileprivate mutating func nameServers() -> [IPEndpoint] {
        var servers: [IPEndpoint] = []
        // Two names for the same.
        for parameter in all("nameserver") + all("use-server") {
            guard let server = NameServerPlan.server(parameter.value) else {
                let text = "\(parameter.name) is \"\(parameter.value)\", expected an address, with a port or without"
                report(.error, at: parameter.location, text)
                continue
            }
            guard servers.count < NameServerPlan.maximumServers else {
                report(.warning, at: parameter.location, "more than \(NameServerPlan.maximumServers) name servers")
                break
            }
            servers.append(server)
        }
        return servers
    }
}

extension ENUMRouteRule {
    /// Reads a `<route>`; `nil`, and a finding, when it cannot be used.
    fileprivate init?(_ node: XMLNode, _ reader: inout ConfigurationReader) {
        guard let service = node.nonEmpty(attribute: "service"), let text = node.nonEmpty(attribute: "regex"),
            let replacement = node.nonEmpty(attribute: "replace")
        else {
            reader.report(.warning, at: node.location, "a route needs service, regex and replace, it is left out")
            return nil
        }
        do {
            let expression = try RegularExpression(expression: text)
            self.init(service: service, expression: expression, replacement: CaptureTemplate(replacement))
        } catch {
            reader.report(.error, at: node.location, "regex \"\(text)\" cannot be compiled: \(error)")
            return nil
        }
    }
}

/// Reads the module's configuration without acting on it, for the check of a tree.
public enum ENUMCheck {
    /// The configurations that it reads.
    public static let configurations = [ENUMModule.configuration]

    /// What there is to say about a configuration.
    public static func diagnostics(for node: XMLNode) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        do throws(ConfigurationError) {
            _ = try ENUMConfiguration(xml: node, diagnostics: &diagnostics)
            return diagnostics
        } catch {
            return error.diagnostics
        }
    }
}
