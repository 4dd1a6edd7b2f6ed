/// A dialplan: finds the list of applications for a call (`XML`, `inline`).
public protocol DialplanEngine: Sendable {
    /// Finds the route for a call from its caller profile; `nil` when nothing matches.
    ///
    /// - Parameter argument: What follows the engine's name and a colon in the caller profile's dialplan list.
    func hunt(_ session: isolated Session, argument: String?) async -> DialplanRoute?
}
