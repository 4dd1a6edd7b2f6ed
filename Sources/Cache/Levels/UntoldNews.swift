/// What servers have still to be told, because they did not take it when something was forgotten.
struct UntoldNews: Sendable {
    /// How many groups are remembered for a server; with more of them, all sections are forgotten.
    static let limit = 1000

    private let sections: [String]
    private var news: [Int: ForgottenTags] = [:]

    /// - Parameter sections: All sections that there are.
    init(sections: [String]) {
        self.sections = sections
    }

    /// The servers that have to be told something.
    var servers: [Int] { news.keys.sorted() }

    mutating func add(_ what: ForgottenTags, for server: Int) {
        var all = news[server] ?? ForgottenTags()
        all.add(what)
        if all.groups.count > Self.limit { all.sections.formUnion(sections) }
        // They are in one of the sections.
        if !sections.isEmpty, all.sections.isSuperset(of: sections) { all.groups = [] }
        news[server] = all
    }

    /// What a server has to be told; it counts as told from now on.
    mutating func take(_ server: Int) -> ForgottenTags? { news.removeValue(forKey: server) }
}
