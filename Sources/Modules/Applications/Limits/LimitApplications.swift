import Logging
import SwitchCore

/// Letting only so many calls through at once, or in a time.
enum LimitApplications {
    static let syntax = "<backend> <realm> <id> \(destination)"
    private static let destination = "[<max>[/<interval>]] [<extension>|!<cause> [<dialplan> [<context>]]]"

    static let all: [Application] = [
        Application("limit", syntax: syntax, [.noMedia]) { session, data in
            try limit(data, on: session)
        },
        Application("limit_hash", syntax: "<realm> <id> \(destination)", [.noMedia]) { session, data in
            try limit("hash \(data)", on: session)
        },
        Application(
            "limit_execute",
            syntax: "<backend> <realm> <id> <max>[/<interval>] <application> [<data>]",
            [.noMedia]
        ) {
            session,
            data in
            try await limitedExecution(data, on: session)
        },
        Application("limit_hash_execute", syntax: "<realm> <id> <max>[/<interval>] <application> [<data>]", [.noMedia])
        {
            session,
            data in
            try await limitedExecution("hash \(data)", on: session)
        },
    ]

    /// Where a call goes that is too many, when nothing says where.
    private static let overflow = "limit_exceeded"

    static func limit(_ data: String, on session: isolated Session) throws {
        let arguments = Arguments(data)
        let (backend, resource) = try subject(arguments, "limit", data, on: session)
        // Before it holds anything, so that nothing is held that nobody gives back.
        try releaseLater(backend, named: arguments[0] ?? "", for: "limit", on: session)
        let maximum = LimitMaximum(arguments[3])
        if take(backend, resource, maximum, of: session) { return }
        let target = arguments[4] ?? overflow
        if target.hasPrefix("!") {
            session.hangUp(HangupCause(target.dropFirst()) ?? .normalClearing)
        } else {
            session.transfer(to: target, dialplan: arguments[5] ?? "XML", context: arguments[6])
        }
    }

    private static func limitedExecution(_ data: String, on session: isolated Session) async throws {
        let arguments = Arguments(data, limit: 6)
        let (backend, resource) = try subject(arguments, "limit_execute", data, on: session)
        guard let application = arguments[4] else { throw ApplicationError("limit_execute needs an application") }
        try releaseLater(backend, named: arguments[0] ?? "", for: "limit_execute", on: session)
        guard take(backend, resource, LimitMaximum(arguments[3]), of: session) else { return }
        await session.execute(application, arguments[5] ?? "")
        // The application alone was limited, unless the call has left its extension by it, and is parked.
        if session.state == .execute { backend.release(resource, by: session.id) }
    }

    private static func subject(
        _ arguments: Arguments,
        _ name: String,
        _ data: String,
        on session: isolated Session
    ) throws -> (any LimitBackend, LimitedResource) {
        guard let backend = arguments[0], let realm = arguments[1], let id = arguments[2] else {
            throw ApplicationError("\(name) needs backend realm id, not \"\(data)\"")
        }
        guard let found = session.softswitch.limits[backend] else {
            throw ApplicationError("\(name): there is no backend \"\(backend)\"")
        }
        return (found, LimitedResource(realm: realm, name: id))
    }

    private static func take(
        _ backend: any LimitBackend,
        _ resource: LimitedResource,
        _ maximum: LimitMaximum,
        of session: isolated Session
    ) -> Bool {
        let decision = backend.take(resource, maximum: maximum, for: session.id)
        for (name, value) in [("usage", decision.usage.total), ("rate", decision.usage.rate)] {
            session.setVariable("limit_\(name)", String(value))
            session.setVariable("limit_\(name)_\(resource.key)", String(value))
        }
        if decision.isGranted {
            session.softswitch.events.publish(.custom) {
                var event = session.makeEvent(.custom, subclass: "limit::usage")
                event.add("realm", resource.realm)
                event.add("key", resource.name)
                event.add("usage", String(decision.usage.total))
                event.add("rate", String(decision.usage.rate))
                return event
            }
        } else {
            session.logger.info("limit reached", metadata: ["resource": "\(resource.key)"])
        }
        return decision.isGranted
    }

    /// What a call holds of a backend is free again when the call ends, and when it is routed anew.
    ///
    /// - Throws: ``ApplicationError`` when it will not be.
    private static func releaseLater(
        _ backend: any LimitBackend,
        named name: String,
        for application: String,
        on session: isolated Session
    ) throws {
        let isWatched = session.observeStates(as: "limit \(name.lowercased())") { session, state in
            let isLeaving = state == .routing && !session.isTrue("limit_ignore_transfer")
            guard session.isOver || isLeaving else { return true }
            backend.release(nil, by: session.id)
            return false
        }
        guard isWatched else { throw ApplicationError("\(application): the call is over, or watched by too many") }
    }
}
