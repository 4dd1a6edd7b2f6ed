/// What came of a look-up.
public enum LookUpResult<Found: Sendable>: Sendable {
    /// It is there.
    case found(Found)
    /// It is not there.
    case nothing
    /// Somebody who may know could not answer, and nobody else has it: it may be there.
    case unanswered

    /// What was found; `nil` for nothing, and where it is not known.
    public var found: Found? {
        if case .found(let found) = self { found } else { nil }
    }

    /// The same of something that is made of it; what cannot be is not there.
    func flatMap<Other>(_ transform: (Found) -> Other?) -> LookUpResult<Other> {
        switch self {
        case .found(let found): transform(found).map { .found($0) } ?? .nothing
        case .nothing: .nothing
        case .unanswered: .unanswered
        }
    }
}
