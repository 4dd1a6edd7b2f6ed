public import HTTPTransport
public import XMLConfig

extension ClientTLSSettings {
    /// Reads the parameters that begin with `ssl-` and `enable-`.
    ///
    /// Certificates are checked unless a parameter says otherwise: what is told is not for whoever stands in the way.
    ///
    /// - Parameter server: What is at the other end, for a warning: `collector`.
    public init(_ reader: inout ConfigurationReader, server: String) {
        self.init()
        let checksAuthority = reader.boolean("enable-cacert-check", default: true)
        let checksHost = reader.boolean("enable-ssl-verifyhost", default: true)
        verification = !checksAuthority ? .none : checksHost ? .host : .authority
        if verification != .host {
            let what = verification == .none ? "that the \(server) is who it says it is" : "which host the \(server) is"
            reader.report(.warning, at: nil, "nothing checks \(what): see enable-cacert-check, enable-ssl-verifyhost")
        }
        authorities = reader.nonEmptyString("ssl-cacert-file")
        identity = Self.identity(&reader)
        oldestVersion = reader.choice(
            "ssl-version",
            of: ["TLSv1": .tls12, "TLSv1.2": .tls12, "TLSv1.3": .tls13],
            default: .tls12
        )
    }

    private static func identity(_ reader: inout ConfigurationReader) -> Identity? {
        let certificate = reader.nonEmptyString("ssl-cert-path")
        let key = reader.nonEmptyString("ssl-key-path")
        let password = reader.string("ssl-key-password")
        if let certificate, let key { return Identity(certificate: certificate, key: key, password: password) }
        if certificate != nil || key != nil {
            reader.report(.error, at: nil, "ssl-cert-path and ssl-key-path go together")
        }
        return nil
    }
}
