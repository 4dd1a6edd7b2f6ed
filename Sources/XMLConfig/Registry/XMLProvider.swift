/// What a provider says to a look-up.
public enum XMLProviderAnswer: Sendable {
    /// A whole `<document type="freeswitch/xml">`.
    case document(XMLNode)
    /// The same, which the provider gives again when it is asked again, so that what is made of it may be kept.
    case kept(XMLNode)
    /// The provider has nothing; the next one is asked.
    case notFound
    /// The provider could not answer; the next one is asked, and the text goes to the log.
    case failure(String)
    /// The provider could not answer, and has told why by itself; the next one is asked.
    case unanswered
}

/// Something beside the configuration files that answers look-ups: a web server, a script, a directory service.
public protocol XMLProvider: Sendable {
    /// Answers a look-up of the `tag` whose attribute `key` is `value` in a section; all three may be empty.
    ///
    /// - Parameter parameters: What else is known about the question (`action`, `user`, channel data …), in order.
    func fetch(
        section: XMLSection,
        tag: String,
        key: String,
        value: String,
        parameters: [(String, String)]
    ) async -> XMLProviderAnswer
}
