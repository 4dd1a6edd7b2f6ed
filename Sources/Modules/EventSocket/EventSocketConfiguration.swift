package import XMLConfig

/// The settings of `event_socket.conf`.
package struct EventSocketConfiguration: Sendable {
    /// How many lists may be named.
    private static let accessListLimit = 100

    /// The address that is listened on (`listen-ip`).
    package var address = "127.0.0.1"
    /// The port (`listen-port`).
    package var port = 8021
    /// The password of `auth` (`password`).
    ///
    /// There is none unless one is written.
    package var password: String?
    /// The lists that an address has to be in (`apply-inbound-acl`).
    package var accessLists = ["loopback.auto"]
    /// Whether the module does not start when the port is taken (`stop-on-bind-error`), instead of trying again.
    package var stopsOnBindError = false

    /// The defaults.
    package init() {}

    /// Reads `event_socket.conf`.
    ///
    /// - Throws: What is wrong with it, with file and line.
    package init(xml: XMLNode, diagnostics: inout [Diagnostic]) throws(ConfigurationError) {
        var reader = ConfigurationReader(settingsOf: xml)
        address = reader.string("listen-ip", default: address)
        port = reader.integer("listen-port", in: 0...65_535, default: port)
        password = reader.string("password")
        let lists = reader.all("apply-inbound-acl").map(\.value).filter { !$0.isEmpty }
        if !lists.isEmpty { accessLists = Array(lists.prefix(Self.accessListLimit)) }
        stopsOnBindError = reader.boolean("stop-on-bind-error", default: false)
        reader.ignore("nat-map", because: "ports are not opened in routers")
        reader.ignore("debug", because: "the log tells what clients do")
        diagnostics += try reader.finish()
    }
}
