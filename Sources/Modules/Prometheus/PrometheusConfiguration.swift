import XMLConfig

/// The settings of `prometheus.conf`.
struct PrometheusConfiguration: Hashable, Sendable {
    /// How many lists may be named.
    private static let accessListLimit = 100

    /// The address that is listened on (`listen-ip`).
    var address = "127.0.0.1"
    /// The port (`listen-port`).
    var port = 9282
    /// The lists that an address has to be in (`apply-inbound-acl`).
    var accessLists = ["loopback.auto"]

    /// The defaults.
    init() {}

    /// Reads `prometheus.conf`.
    ///
    /// - Throws: What is wrong with it, with file and line.
    init(xml: XMLNode, diagnostics: inout [Diagnostic]) throws(ConfigurationError) {
        var reader = ConfigurationReader(settingsOf: xml)
        address = reader.string("listen-ip", default: address)
        port = reader.integer("listen-port", in: 0...65_535, default: port)
        let lists = reader.all("apply-inbound-acl").map(\.value).filter { !$0.isEmpty }
        if !lists.isEmpty { accessLists = Array(lists.prefix(Self.accessListLimit)) }
        diagnostics += try reader.finish()
    }
}
