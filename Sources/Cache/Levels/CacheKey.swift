/// What something is kept under.
public struct CacheKey: Hashable, Sendable {
    /// Its own name, which nothing else has.
    public let name: String
    /// What is forgotten together, such as everything about a user; it begins with the section and a dot.
    public let group: String
    /// The part that can be forgotten as a whole.
    public let section: String
    /// The name under which other programs keep the same in the same servers; `nil` where they do not.
    public let sharedName: String?
    /// How long it counts, where that is shorter than usual.
    public let lifetime: Duration?
    /// Whether callers choose the name, so that there is no end of them: it is kept in memory alone, apart from the others.
    public let isOfCallers: Bool

    /// A key of a group within a section.
    public init(
        name: String,
        group: String,
        section: String,
        sharedName: String? = nil,
        lifetime: Duration? = nil,
        isOfCallers: Bool = false
    ) {
        (self.name, self.group, self.section) = (name, group, section)
        (self.sharedName, self.lifetime, self.isOfCallers) = (sharedName, lifetime, isOfCallers)
    }
}
