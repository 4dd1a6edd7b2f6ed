import Base
import Logging
import SwitchCore

extension Session {
    /// Talks to a channel that talks to, waits for or is calling somebody else: the others lose it.
    ///
    /// - Parameter isWilling: Asked on the other channel in the moment in which it is taken.
    /// - Throws: `CancellationError` when this channel ended or was called away meanwhile; the other one ends then too, if it
    ///   was taken before.
    func take(
        over other: Session,
        losing cause: HangupCause = .normalClearing,
        if isWilling: @Sendable (isolated Session) -> Bool = { _ in true }
    ) async throws {
        try await answerWithMedia()
        await other.answer()
        let isTaken = await claim(other, losing: cause, if: isWilling)
        try Task.checkCancellation()
        guard isTaken else { throw ApplicationError("the other call has ended, or somebody else has taken it") }
        setVariable("intercepted", "true")
        // A phone that transferred the call has told how.
        if currentRoute?.extensionName != DialplanRoute.attendedTransfer {
            noteTransfer("uuid_br", other.id)
            await other.noteTransfer("uuid_br", id)
        }
        try await bridge(with: other)
    }
}

/// Taking calls of others.
enum TakeoverApplications {
    static let all: [Application] = [
        Application("intercept", syntax: "[-bleg] <uuid>", []) { session, data in
            try await intercept(data, on: session)
        }
    ]

    private static func intercept(_ data: String, on session: isolated Session) async throws {
        var words = data.split(separator: " ").map(String.init)
        let wantsPartner = words.first == "-bleg"
        if wantsPartner { words.removeFirst() }
        guard let id = words.first else { throw ApplicationError("intercept needs the UUID of a call") }
        guard let named = session.softswitch.sessions[id] else {
            throw ApplicationError("intercept: there is no call \(id)")
        }
        guard let other = await target(named, wantsPartner: wantsPartner), other !== session else {
            throw ApplicationError("intercept: nobody is to be taken over from \(id)")
        }
        let isBridged = await other.partner != nil
        if isBridged, session.isTrue("intercept_unbridged_only") {
            throw ApplicationError("intercept: the call is bridged")
        }
        if await other.isAnswered, session.isTrue("intercept_unanswered_only") {
            throw ApplicationError("intercept: the call is answered")
        }
        try await session.take(over: other, losing: .pickedOff)
    }

    /// The channel that is taken: a phone that only rings stands for the one who calls it.
    private static func target(_ named: Session, wantsPartner: Bool) async -> Session? {
        let sessions = named.softswitch.sessions
        if wantsPartner {
            if let partner = await named.partner { return partner }
            return await named.variable("originating_leg_uuid").flatMap { sessions[$0] }
        }
        guard named.direction == .outbound, await !named.isAnswered else { return named }
        return await named.variable("originating_leg_uuid").flatMap { sessions[$0] } ?? named
    }
}
