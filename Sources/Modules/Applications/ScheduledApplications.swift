import Base
import SwitchCore

/// What happens to the call later, while other applications run.
enum ScheduledApplications {
    static let all: [Application] = [
        Application("sched_hangup", syntax: "[+]<seconds> [<cause>]", [.noMedia]) { session, data in
            let arguments = Arguments(data)
            let delay = try delay(arguments[0], of: "sched_hangup", on: session)
            let cause = arguments[1].flatMap { HangupCause($0) } ?? .allottedTimeout
            session.later(after: delay) { $0.hangUp(cause) }
        },
        Application("sched_transfer", syntax: "[+]<seconds> <extension> [<dialplan> [<context>]]", [.noMedia]) {
            session,
            data in
            let arguments = Arguments(data)
            let delay = try delay(arguments[0], of: "sched_transfer", on: session)
            guard let destination = arguments[1] else { throw ApplicationError("sched_transfer needs an extension") }
            let (dialplan, context) = (arguments[2], arguments[3])
            session.later(after: delay) { $0.divert(to: destination, dialplan: dialplan, context: context) }
        },
        Application("sched_broadcast", syntax: "[+]<seconds> <file>|<application>::<data> [aleg|bleg|both]", [.noMedia])
        {
            session,
            data in
            let arguments = Arguments(data)
            let delay = try delay(arguments[0], of: "sched_broadcast", on: session)
            guard let what = arguments[1] else { throw ApplicationError("sched_broadcast needs a file or application") }
            let legs = arguments[2]?.lowercased() ?? "aleg"
            session.later(after: delay) { session in
                let (name, data) = broadcast(what)
                if legs != "bleg" { session.broadcast(name, data) }
                guard legs != "aleg", let partner = session.partner else { return }
                partner.loop.execute { partner.assumeIsolated { _ = $0.broadcast(name, data) } }
            }
        },
    ]

    /// `application::data`, or a file to be played.
    private static func broadcast(_ text: String) -> (name: String, data: String) {
        guard let colons = text.firstRange(of: "::"), !text.contains("://") else { return ("playback", text) }
        return (String(text[..<colons.lowerBound]), String(text[colons.upperBound...]))
    }

    /// `+30` is in thirty seconds; a number without a sign is a time in seconds since 1970.
    private static func delay(_ text: String?, of name: String, on session: isolated Session) throws -> Duration {
        guard let text, let number = Int64(text.hasPrefix("+") ? String(text.dropFirst()) : text), number >= 0 else {
            throw ApplicationError("\(name) needs +seconds or a time, not \"\(text ?? "")\"")
        }
        if text.hasPrefix("+") { return .seconds(number) }
        return .seconds(max(number - session.softswitch.wallClock() / 1_000_000, 0))
    }
}

extension Session {
    /// Does something to the channel after a while, unless it has ended by then.
    fileprivate func later(after delay: Duration, _ work: @escaping @Sendable (isolated Session) -> Void) {
        Task(executorPreference: loop) { await self.wait(for: delay, then: work) }
    }

    /// Waits on the channel rather than on a bare timer: when the call ends, nothing of this is left.
    private func wait(for delay: Duration, then work: @Sendable (isolated Session) -> Void) async {
        let isOver = try? await wait(timeout: delay) { $0.isOver }
        if isOver == false { work(self) }
    }
}
