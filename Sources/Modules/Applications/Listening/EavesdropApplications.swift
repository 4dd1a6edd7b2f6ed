import Base
import Logging
import MediaEngine
import SwitchCore

/// Listening to calls of others: `eavesdrop`, `three_way`.
enum EavesdropApplications {
    static let all: [Application] = [
        eavesdrop("eavesdrop"), eavesdrop("native_eavesdrop"),
        Application("three_way", syntax: "<uuid>", []) { session, data in
            guard let target = session.softswitch.sessions[data] else {
                throw ApplicationError("three_way: there is no call \(data)")
            }
            _ = try await join(target, on: session, hearers: [.target, .partner], takesKeys: false)
        },
    ]

    /// Whatever the codecs are, nothing is decoded that need not be: the native one is the same.
    private static func eavesdrop(_ name: String) -> Application {
        Application(name, syntax: "all|<uuid>", []) { session, data in
            guard !data.isEmpty else { throw ApplicationError("\(name) needs the UUID of a call, or all") }
            if data.lowercased() == "all" { return try await listenToAll(on: session) }
            guard let target = session.softswitch.sessions[data] else {
                throw ApplicationError("\(name): there is no call \(data)")
            }
            guard await mayListen(to: target, session.variable("eavesdrop_require_group")) else {
                throw ApplicationError("\(name): the call is not of the group that may be listened to")
            }
            _ = try await listen(to: target, on: session)
        }
    }

    /// How long a listener waits until there may be another call, and after a failure.
    private static let pause = Duration.seconds(2)

    /// Goes from one call to the next with `*`, or when one ends, for as long as the listener stays.
    private static func listenToAll(on session: isolated Session) async throws {
        let group = session.variable("eavesdrop_require_group")
        while !session.isOver {
            var hasListened = false
            let others = session.softswitch.sessions.all.filter { $0 !== session }.sorted { $0.number < $1.number }
            for target in others where await mayListen(to: target, group) {
                guard await target.media != nil, await !target.isOver else { continue }
                try await session.playIfPossible(session.variable("eavesdrop_indicate_new"), ending: .none)
                do {
                    _ = try await listen(to: target, on: session)
                    hasListened = true
                } catch let error as ApplicationError {
                    session.logger.error("\(error)")
                    try await session.playIfPossible(session.variable("eavesdrop_indicate_failed"), ending: .none)
                }
            }
            guard !hasListened else { continue }
            try await session.playIfPossible(session.variable("eavesdrop_indicate_idle"), ending: .none)
            _ = try await session.nextDigit(timeout: pause)
        }
    }

    /// Whether the call is of the group that the listener is confined to (`eavesdrop_group`).
    private static func mayListen(to target: Session, _ group: String?) async -> Bool {
        guard let group else { return true }
        let groups = await target.variable("eavesdrop_group") ?? ""
        return groups.split(separator: ",").contains { $0 == group }
    }

    private static func listen(to target: Session, on session: isolated Session) async throws -> Eavesdropping.End {
        var hearers: Set<Eavesdropping.Hearer> = []
        // What is mixed into what the A leg says is heard by the B leg, and the other way round.
        if session.isTrue("eavesdrop_whisper_aleg") { hearers.insert(.partner) }
        if session.isTrue("eavesdrop_whisper_bleg") { hearers.insert(.target) }
        let takesKeys = session.variable("eavesdrop_enable_dtmf")?.isTrueSetting ?? true
        return try await join(target, on: session, hearers: hearers, takesKeys: takesKeys)
    }

    private static func join(
        _ target: Session,
        on session: isolated Session,
        hearers: Set<Eavesdropping.Hearer>,
        takesKeys: Bool
    ) async throws -> Eavesdropping.End {
        guard target !== session else { throw ApplicationError("nobody listens to himself") }
        let (hearsTarget, hearsPartner) = (
            session.isTrue("eavesdrop_bridge_aleg"), session.isTrue("eavesdrop_bridge_bleg")
        )
        var options = RecordingOptions()
        options.takesReceived = hearsTarget || !hearsPartner
        options.takesSent = hearsPartner || !hearsTarget
        // The listener does not hear himself.
        options.takesMixtures = false
        return try await Eavesdropping.run(
            on: session,
            target: target,
            hearers: hearers,
            options: options,
            takesKeys: takesKeys
        )
    }
}
