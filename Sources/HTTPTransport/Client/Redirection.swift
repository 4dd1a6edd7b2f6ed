/// Where an answer sends a request on to (RFC 9110 §15.4).
enum Redirection {
    /// How often a request is sent on at most.
    static let limit = 5

    /// The statuses after which the same request goes to the URL in Location.
    ///
    /// After 301 and 302 a client may make a GET of a POST, which would arrive without what was to be told: this one never
    /// does. 303 speaks of a GET and therefore is a redirection only of what carries nothing.
    private static let statuses: Set<Int> = [301, 302, 307, 308]

    /// The URL to send to next; `nil` when the answer is the answer.
    ///
    /// - Parameter isKnown: Whether the client shows who it is, so that it must not be sent to anybody else.
    static func next(
        after answer: HTTPAnswer,
        to request: ClientRequest,
        isKnown: Bool
    ) throws(HTTPFault) -> HTTPURL? {
        let goesOn = statuses.contains(answer.status) || answer.status == 303 && !request.method.hasBody
        guard goesOn, let location = answer["location"] else { return nil }
        let url = request.url
        guard let next = try? HTTPURL(location, relativeTo: url) else { throw .redirectedNowhere }
        // What was told in confidence stays encrypted.
        if url.isEncrypted, !next.isEncrypted { throw .redirectedInClear }
        if isKnown, !isSameServer(url, next) { throw .redirectedElsewhere }
        return next
    }

    /// Whether both are the same server: at the same port, or encrypted now.
    private static func isSameServer(_ url: HTTPURL, _ next: HTTPURL) -> Bool {
        url.host.lowercased() == next.host.lowercased()
            && (url.port == next.port || !url.isEncrypted && next.isEncrypted)
    }
}
