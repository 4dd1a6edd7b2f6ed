import Base

/// How much strangers get over UDP, where anybody can write somebody else's address on questions.
struct ResponseRates: Hashable, Sendable {
    /// Answers of one kind that a network gets in a second; 0 for as many as it asks for.
    var perSecond = 100
    /// Networks that are not limited, such as those of one's own resolvers.
    var exempt: [IPPrefix] = []

    func isLimited(_ address: IPAddress) -> Bool {
        perSecond > 0 && !exempt.contains { $0.contains(address) }
    }
}
