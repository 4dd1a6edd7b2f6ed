/// What is to be forgotten: groups, and sections as a whole.
struct ForgottenTags: Hashable, Sendable {
    var groups: Set<String> = []
    var sections: Set<String> = []

    init(groups: some Sequence<String> = [], sections: some Sequence<String> = []) {
        (self.groups, self.sections) = (Set(groups), Set(sections))
    }

    var isEmpty: Bool { groups.isEmpty && sections.isEmpty }
    var all: [String] { groups.sorted() + sections.sorted() }

    mutating func add(_ other: ForgottenTags) {
        groups.formUnion(other.groups)
        sections.formUnion(other.sections)
    }
}
