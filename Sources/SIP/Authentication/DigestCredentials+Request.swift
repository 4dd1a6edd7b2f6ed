extension DigestCredentials {
    /// Whether the digest-URI names what a request asks for, so that these credentials are no other request's
    /// (RFC 7616 §3.4.6).
    ///
    /// Proxies change the host and the parameters of a Request-URI on its way, and phones write any of their servers'
    /// names as the host; whom a call is for stays the same. A phone that leaves the user out of its digest-URI is
    /// believed, and a REGISTER says in To whom it is about.
    public func isMeant(for request: SIPMessage) -> Bool {
        let user: String?
        if let parsed = SIPURI(uri) {
            user = parsed.user
        } else {
            // No URI: some write an IPv6 address without its brackets.
            guard uri.hasPrefix("sip:") || uri.hasPrefix("sips:"), let colon = uri.firstIndex(of: ":") else {
                return uri == request.requestURIText
            }
            user = uri.lastIndex(of: "@").map { String(uri[colon..<$0].dropFirst()) }
        }
        guard request.method != .register, let user, !user.isEmpty else { return true }
        return user == request.requestURI?.user
    }
}
