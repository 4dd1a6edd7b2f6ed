/// A dialplan application: what an `<action application="…"/>` runs on a call.
public struct Application: Sendable {
    /// What an application is allowed to do and needs.
    public struct Traits: OptionSet, Sendable {
        /// The bits.
        public let rawValue: Int

        /// Traits from their bits.
        public init(rawValue: Int) { self.rawValue = rawValue }

        /// It may run while the dialplan is hunting (`inline="true"`).
        public static let inline = Traits(rawValue: 1)
        /// It may run after the call has been hung up.
        public static let zombie = Traits(rawValue: 2)
        /// It needs no media, so that the call is not pre-answered for it.
        public static let noMedia = Traits(rawValue: 4)
    }

    /// What an application does: it runs isolated to the call, in sequence, and is cancelled when the call ends.
    public typealias Body = @Sendable (_ session: isolated Session, _ data: String) async throws -> Void

    /// The name in the dialplan.
    public let name: String
    /// The syntax of its data, for `show application` and error texts.
    public let syntax: String
    /// What it may do and needs.
    public let traits: Traits
    let body: Body

    /// An application of that name.
    public init(_ name: String, syntax: String = "", _ traits: Traits = [], body: @escaping Body) {
        (self.name, self.syntax, self.traits, self.body) = (name, syntax, traits, body)
    }
}

/// An application could not do what its data asked for.
public struct ApplicationError: Error, Sendable, CustomStringConvertible {
    /// What was wrong, for the log.
    public let description: String
    /// The cause to hang up with; `nil` goes on with the next action.
    public let hangupCause: HangupCause?

    /// An error that the call survives, or one that ends it with `hangupCause`.
    public init(_ description: String, hangupCause: HangupCause? = nil) {
        (self.description, self.hangupCause) = (description, hangupCause)
    }
}
