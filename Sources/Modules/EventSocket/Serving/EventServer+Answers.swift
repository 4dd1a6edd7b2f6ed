import Base
import SwitchCore
import XMLConfig

/// What only the switch knows, for the connections.
extension EventServer {
    func answer(to question: ConnectionMachine.Question) async -> ConnectionMachine.Answer {
        switch question {
        case .authenticate(let user, let domain, let password):
            return .account(await authenticate(user, domain, password))
        case .command(let line): return .text(await softswitch.execute(command: line))
        case .channelData(let uuid): return .event(await softswitch.sessions[uuid]?.makeConnectionEvent())
        case .variable(let name, let uuid): return .text(await softswitch.sessions[uuid]?.variable(name) ?? "")
        case .channelExists(let uuid): return .text(softswitch.sessions[uuid]?.id ?? "")
        case .message(let message, let uuid, let waits):
            guard let session = softswitch.sessions[uuid] else { return .done(false) }
            return .done(waits ? await session.perform(message) : await session.post(message))
        case .fire(let name, let subclass, let headers, let body):
            return .text(fire(name, subclass, headers, body))
        }
    }

    private func authenticate(_ user: String, _ domain: String, _ password: String) async -> Permissions? {
        let found = await softswitch.directory.user(
            user,
            domain: domain,
            origin: LookUpOrigin("mod_event_socket.c", "parse_command"),
            parameters: [("action", "event_socket_auth")]
        )
        guard let found, let wanted = found.params["esl-password"] else { return nil }
        return ConnectionMachine.isSame(password, wanted) ? Permissions(of: found.params) : nil
    }

    private func fire(
        _ name: EventName,
        _ subclass: String?,
        _ headers: [(name: String, value: String)],
        _ body: String?
    ) -> String {
        let uuid = softswitch.makeUUID()
        let make = { [softswitch] in
            var event = softswitch.makeEvent(name, subclass: subclass)
            for header in headers { event.add(header.name, header.value) }
            event.add("Event-UUID", uuid)
            event.body = body
            return event
        }
        let channel = headers.first { $0.name.equalsIgnoringASCIICase("unique-id") }?.value
        if let channel, softswitch.sessions[channel] != nil {
            // What is sent to a channel is for the programs that look after it alone.
            let event = make()
            execute { self.events.send(event, to: channel) }
        } else {
            softswitch.events.publish(name, make)
        }
        return uuid
    }
}

extension Session {
    /// Asks for something and waits until it is done.
    ///
    /// - Returns: Whether it was taken.
    fileprivate func perform(_ message: SessionMessage) async -> Bool {
        await withCheckedContinuation { continuation in
            var message = message
            message.completion = { continuation.resume(returning: true) }
            if !post(message) { continuation.resume(returning: false) }
        }
    }
}
