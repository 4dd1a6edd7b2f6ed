import HTTPParameters
import HTTPTransport
import XMLConfig

extension Gateway {
    /// How many fields may be named.
    private static let fieldLimit = 1000
    /// Seconds of the longest `timeout`; 0, which is for ever in FreeSWITCH, means it too.
    private static let longestTimeout = 60

    /// Reads a binding; `nil` when it has no URL.
    ///
    /// - Throws: What is wrong with it, with file and line.
    init?(_ node: XMLNode, name: String, diagnostics: inout [Diagnostic]) throws(ConfigurationError) {
        var reader = ConfigurationReader(ParameterList(of: node))
        let isDynamic = reader.boolean("use-dynamic-url", default: false)
        let location = reader.all("gateway-url").last?.location
        guard let text = reader.string("gateway-url"), !text.isEmpty else {
            reader.report(.note, at: nil, "the binding \"\(name)\" has no gateway-url and is left out")
            diagnostics += reader.diagnostics
            return nil
        }
        self.init(name: name, url: .file(""), sections: Self.sections(node, &reader, at: location))
        do throws(GatewayURL.Fault) {
            url = try GatewayURL(text, isDynamic: isDynamic)
        } catch {
            // What is written there may hold a password.
            reader.report(.error, at: location, "gateway-url is not what was expected: \(error)")
        }
        readRequest(&reader)
        readConnection(&reader)
        readLimits(&reader)
        diagnostics += try reader.finish()
    }

    private static func sections(
        _ node: XMLNode,
        _ reader: inout ConfigurationReader,
        at location: SourceLocation?
    ) -> Set<XMLSection> {
        let parameter = node.children.last {
            $0.name == "param" && $0[attribute: "name"]?.lowercased() == "gateway-url"
        }
        let text = parameter?[attribute: "bindings"] ?? ""
        let sections = XMLSection.named(in: text)
        if sections.isEmpty {
            reader.report(
                .error,
                at: location,
                "bindings is \"\(text)\", expected some of configuration, dialplan, directory, languages, with | between"
            )
        }
        return sections
    }

    private mutating func readRequest(_ reader: inout ConfigurationReader) {
        method = reader.choice("method", of: ["GET": .get, "POST": .post], default: .post)
        fields = Set(reader.all("enable-post-var").map(\.value).filter { !$0.isEmpty }.prefix(Self.fieldLimit))
        expectsContinue = !reader.boolean("disable-100-continue", default: true)
        expandsGlobals = reader.boolean("expand-globals", default: false)
        credentials = reader.string("gateway-credentials").flatMap { $0.isEmpty ? nil : GatewayCredentials($0) }
        let schemes = reader.value("auth-scheme", expecting: "basic, digest or any, with = before it for it alone") {
            GatewayCredentials.Scheme.named($0)
        }
        if let schemes { credentials?.schemes = schemes }
    }

    private mutating func readConnection(_ reader: inout ConfigurationReader) {
        tls = ClientTLSSettings(&reader, server: "web server")
        cookieFile = reader.nonEmptyString("cookie-file")
        localAddress = reader.nonEmptyString("bind-local")
        idleConnections = reader.integer("keep-alive", in: 0...256, default: idleConnections)
    }

    private mutating func readLimits(_ reader: inout ConfigurationReader) {
        timeout = reader.integer("timeout", in: 0...Self.longestTimeout, default: timeout)
        if timeout == 0 {
            timeout = Self.longestTimeout
            let location = reader.all("timeout").last?.location
            reader.report(.note, at: location, "timeout is 0: \(Self.longestTimeout) seconds, nobody waits for ever")
        }
        connectTimeout = min(reader.integer("connect-timeout", in: 1...60, default: connectTimeout), timeout)
        let longest = XMLLimits.remote.documentBytes
        answerBytes = reader.integer("response-max-bytes", in: 1...longest, default: answerBytes)
        requests = reader.integer("max-requests", in: 1...1000, default: requests)
        queueLength = reader.integer("queue-length", in: 0...10_000, default: queueLength)
        breakerFailures = reader.integer("breaker-failures", in: 0...1000, default: breakerFailures)
        breakerSeconds = reader.integer("breaker-seconds", in: 1...3600, default: breakerSeconds)
    }
}

extension GatewayCredentials.Scheme {
    /// The ways that a value of `auth-scheme` allows; Basic is one of them unless a `=` is before it.
    fileprivate static func named(_ text: String) -> Set<Self>? {
        let isAlone = text.hasPrefix("=")
        return switch text.drop(while: { $0 == "=" }).lowercased() {
        case "basic": [.basic]
        case "digest": isAlone ? [.digest] : [.basic, .digest]
        case "any": [.basic, .digest]
        default: nil
        }
    }
}
