/// Who asks for something, as far as that is known.
public struct CacheSource: Hashable, Sendable {
    /// What is asked for, which is how much of what there is not may be asked for.
    public enum Kind: Hashable, Sendable {
        /// Who somebody says that it is.
        case identity
        /// A name or a number that a call is to go to: ordinary calls have many that there are not.
        case call
    }

    /// Its address, or the network that has it; `nil` where that is not known.
    public let address: String?
    /// What it asks for.
    public let kind: Kind

    /// Somebody at an address.
    public init(_ address: String?, _ kind: Kind = .identity) {
        (self.address, self.kind) = (address, kind)
    }
}
