/// What was decided for each network.
///
/// It is in pieces: who writes while somebody else has a copy copies one of them, not the decisions of a million networks.
struct VerdictTable: Sendable {
    /// A decision, and of which state of the tree it is.
    struct Entry: Sendable {
        var verdict = Verdict()
        var generation: UInt32 = 0
    }

    /// How many decisions a piece has.
    private static let length = 512

    private var pieces: [[Entry]] = []
    /// How many decisions there are.
    private(set) var count = 0

    subscript(index: Int) -> Entry {
        get { pieces[index / Self.length][index % Self.length] }
        _modify { yield &pieces[index / Self.length][index % Self.length] }
    }

    /// Makes room for one more, which is not decided yet.
    mutating func append() {
        if count % Self.length == 0 {
            pieces.append([])
            pieces[pieces.count - 1].reserveCapacity(Self.length)
        }
        pieces[pieces.count - 1].append(Entry())
        count += 1
    }
}
