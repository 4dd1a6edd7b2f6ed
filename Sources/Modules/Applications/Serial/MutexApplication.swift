import Base
import Logging
import SwitchCore

/// `mutex`: only one call at a time goes on behind it.
enum MutexApplication {
    /// How long a call waits that knows where to go afterwards, when it does not say so.
    private static let usualTimeout = 60

    static func make(_ mutexes: CallMutexes) -> Application {
        Application("mutex", syntax: "<key>[ on|off]", [.noMedia]) { session, data in
            let words = data.split(separator: " ", maxSplits: 1).map(String.init)
            guard let key = words.first else { throw ApplicationError("mutex needs a key") }
            if words.count > 1, words[1].lowercased() == "off" {
                guard mutexes.leave(key, session.id) else { throw ApplicationError("mutex \(key) is not held") }
                return
            }
            try await enter(key, mutexes, session)
        }
    }

    private static func enter(_ key: String, _ mutexes: CallMutexes, _ session: isolated Session) async throws {
        // Before it holds anything, so that nothing is held that nobody takes back.
        let isWatched = session.observeStates(as: "mutex") { session, _ in
            guard session.isOver else { return true }
            mutexes.forget(session.id)
            return false
        }
        guard isWatched else { throw ApplicationError("mutex \(key): the call is over, or watched by too many") }
        let standing = mutexes.enter(key, session.id) { [weak session] in
            guard let session else { return }
            session.loop.execute { session.assumeIsolated { $0.wake() } }
        }
        guard standing != .refused else { throw ApplicationError("mutex \(key) is held or waited for already") }
        guard standing == .waits else { return }
        session.logger.debug("mutex is busy", metadata: ["key": "\(key)"])
        do {
            guard try await !wait(for: key, mutexes, session) else { return }
        } catch {
            mutexes.leave(key, session.id)
            throw error
        }
        mutexes.leave(key, session.id)
        guard let orbit = session.variable("mutex_orbit_exten") else { return }
        session.transfer(
            to: orbit,
            dialplan: session.variable("mutex_orbit_dialplan"),
            context: session.variable("mutex_orbit_context")
        )
    }

    /// Waits, with what `mutex_feedback` names to be heard; false when the time is over.
    private static func wait(
        for key: String,
        _ mutexes: CallMutexes,
        _ session: isolated Session
    ) async throws -> Bool {
        let hasOrbit = session.variable("mutex_orbit_exten") != nil
        let limit = Duration(seconds: session.variable("mutex_timeout")) ?? (hasOrbit ? .seconds(usualTimeout) : nil)
        let feedback = session.variable("mutex_feedback").flatMap { $0.lowercased() == "silence" ? nil : $0 }
        if session.variable("mutex_feedback") != nil { session.preAnswer() }
        var sound = Displacement()
        sound.repeats = true
        do {
            if let feedback { try await session.displace(with: feedback, sound) }
        } catch let error as ApplicationError {
            session.logger.error("mutex: \(error)")
        }
        defer { if let feedback { session.stopDisplacing(feedback) } }
        return try await session.wait(timeout: limit) { mutexes.isHeld(key, by: $0.id) }
    }
}
