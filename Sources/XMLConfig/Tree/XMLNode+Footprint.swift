extension XMLNode {
    /// What an element is beside its texts: the object, and its arrays.
    private static let elementBytes = 160
    private static let attributeBytes = 48

    /// About how many bytes an element is in memory, with all that is in it.
    public var footprint: Int {
        attributes.reduce(Self.elementBytes + text.utf8.count) {
            $0 + Self.attributeBytes + $1.value.utf8.count
        } + children.reduce(0) { $0 + $1.footprint }
    }
}
