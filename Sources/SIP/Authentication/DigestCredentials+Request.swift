extension DigestCredentials {
    /// Whether the digest-URI names what a request asks for, so that these credentials are no other request's
    /// (RFC 7616 §3.4.6).
    ///
    /// Proxies change the host and the parameters of a Request-URI on its way, and phones write any of their servers'
    /// names as the host; whom a call is for stays the same. A phone that leaves the user out of its digest-URI is
    /// believed, and a REGISTER says in To whom it is about.
    public func isMeant(for request: SIPMessage) -> Bool {
        guard let named = SIPURI(uri) else { return uri == request.requestURIText }
        guard request.method != .register, let user = named.user, !user.isEmpty else { return true }
        return user == request.requestURI?.user
    }
}
