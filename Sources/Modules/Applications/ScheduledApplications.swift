import Base
import SwitchCore

/// What happens to the call later, while other applications run.
enum ScheduledApplications {
    static let all: [Application] = [
        Application("sched_hangup", syntax: "[+]<seconds> [<cause> [bleg]]", [.noMedia]) { session, data in
            let arguments = Arguments(data)
            let time = try time(arguments[0], of: "sched_hangup", on: session)
            let cause = arguments[1].flatMap { HangupCause($0) } ?? .allottedTimeout
            session.scheduleHangUp(time, cause, ofPartner: arguments[2]?.lowercased() == "bleg")
        },
        Application("sched_transfer", syntax: "[+]<seconds> <extension> [<dialplan> [<context>]]", [.noMedia]) {
            session,
            data in
            let arguments = Arguments(data)
            let time = try time(arguments[0], of: "sched_transfer", on: session)
            guard let destination = arguments[1] else { throw ApplicationError("sched_transfer needs an extension") }
            let target = TransferTarget(destination, dialplan: arguments[2], context: arguments[3])
            note(session.scheduleTransfer(time, to: target), on: session)
        },
        Application(
            "sched_broadcast",
            syntax: "[+|@]<seconds> <file>|<application>::<data> [aleg|bleg|both]",
            [.noMedia]
        ) { session, data in
            let arguments = Arguments(data)
            // With the sign it is a time as well as without it.
            let when = arguments[0].map { $0.hasPrefix("@") ? String($0.dropFirst()) : $0 }
            let time = try time(when, of: "sched_broadcast", on: session)
            guard let what = arguments[1] else { throw ApplicationError("sched_broadcast needs a file or application") }
            note(session.schedule(time, Broadcast(what, legs: arguments[2] ?? "aleg")), on: session)
        },
        Application("broadcast", syntax: "<file>|<application>::<data> [aleg|bleg|both|holdb]", []) { session, data in
            let arguments = Arguments(data)
            guard let what = arguments[0], arguments.count <= 2 else {
                throw ApplicationError("broadcast needs a file or an application, not \"\(data)\"")
            }
            guard await Broadcast(what, legs: arguments[1] ?? "both").run(on: session) else {
                throw ApplicationError("broadcast: nobody can be given \(what)")
            }
            session.setVariable("current_application_response", "BROADCAST_SENT")
        },
        Application("sched_cancel", syntax: "[<group>|<number>]", [.noMedia]) { session, data in
            let scheduler = session.softswitch.scheduler
            if let number = UInt32(data), !data.hasPrefix("+") {
                _ = scheduler.remove(id: number)
            } else {
                scheduler.removeAll(of: data.isEmpty ? session.id : data)
            }
        },
        heartbeat("enable_heartbeat"), heartbeat("sched_heartbeat"),
    ]

    /// Tells the actions that follow what the task is known by (`sched_cancel`).
    private static func note(_ task: UInt32?, on session: isolated Session) {
        if let task { session.setVariable("last_sched_id", String(task)) }
    }

    private static func heartbeat(_ name: String) -> Application {
        Application(name, syntax: "[0|<seconds>]", [.noMedia]) { session, data in
            guard Int64(data) ?? -1 >= 0 else { throw ApplicationError("\(name) needs seconds, not \"\(data)\"") }
            guard session.setHeartbeat(data) else { throw ApplicationError("\(name): too many tasks") }
        }
    }

    /// `+30` is in thirty seconds; a number without a sign is a time in seconds since 1970.
    private static func time(_ text: String?, of name: String, on session: isolated Session) throws -> ScheduledTime {
        guard let text, Int64(text.hasPrefix("+") ? String(text.dropFirst()) : text) != nil else {
            throw ApplicationError("\(name) needs +seconds or a time, not \"\(text ?? "")\"")
        }
        return ScheduledTime(text, now: session.softswitch.wallClock() / 1_000_000)
    }
}
