import Base
import Logging
import SwitchCore

/// What the applications of a chatplan do.
extension ChatText {
    func execute(_ application: ChatApplication, _ data: String) async throws(ApplicationError) {
        switch application {
        case .info: tell(LogLevel(data)?.logLevel ?? .info)
        case .reply: try await reply(data)
        case .stop: isEnded = true
        case .finish:
            event.set("final_delivery", "true")
            isEnded = true
        case .set: try set(data)
        case .unset: remove(data)
        case .send: try await send(data)
        case .fire: softswitch.events.publish(event.name) { event }
        case .system: try await runProgram(data)
        }
    }

    /// Everything that is known of the text, a line each.
    private func tell(_ level: Logger.Level) {
        let lines = event.headers.map { "\($0.name): [\($0.value)]" } + [event.body ?? ""]
        softswitch.logger.log(level: level, "CHANNEL_DATA:\n\(lines.joined(separator: "\n"))")
    }

    // MARK: - Headers

    /// `name=value`; without a value the header is removed.
    private func set(_ data: String) throws(ApplicationError) {
        let parts = data.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let name = parts.first, parts.count > 1, !parts[1].isEmpty else { return remove(parts.first ?? "") }
        let value = parts[1]
        guard Self.isOwn(name) else { throw ApplicationError("set: no header may be called \(name.prefix(100))") }
        guard value.utf8.count <= Self.valueLimit else {
            throw ApplicationError("set: \(name) is longer than \(Self.valueLimit) bytes")
        }
        if name.equalsIgnoringASCIICase("_body") {
            event.body = value
        } else if event.headers.count < Self.headerLimit || event[name] != nil {
            event.set(name, value)
        } else {
            throw ApplicationError("set: a text has no more than \(Self.headerLimit) headers")
        }
    }

    private func remove(_ name: String) {
        if name.equalsIgnoringASCIICase("_body") {
            event.body = nil
        } else if Self.isOwn(name) {
            event.remove(name)
        }
    }

    /// Whether a header tells of the text, and not of the event or where its body ends.
    private static func isOwn(_ name: String) -> Bool {
        let folded = name.lowercased()
        return !name.isEmpty && name.utf8.count <= Variables.maximumNameLength && name.isVisibleASCII
            && !name.contains(":") && !folded.hasPrefix("event-") && folded != "content-length"
    }

    // MARK: - Sending

    /// Sends the text by the protocol named, or by the one that it is for (`dest_proto`).
    private func send(_ data: String) async throws(ApplicationError) {
        try countSending("send")
        event.set("skip_global_process", "true")
        let name = data.isEmpty ? event["dest_proto"] ?? "" : data
        if await !softswitch.deliver(message, over: name) { noteFailure(of: "send") }
    }

    /// Sends a text, or this one, back by the way that it came.
    private func reply(_ data: String) async throws(ApplicationError) {
        guard let proto = event["proto"], !proto.isEmpty else { return }
        try countSending("reply")
        var answer = event.answered
        if !data.isEmpty { answer.body = data }
        var message = ChatMessage(answer)
        // A sender is answered where it is registered or where it sends from, and is led nowhere else by what From says.
        (message.peerAddress, message.forwards) = (message.to, given.forwards)
        if await !softswitch.deliver(message, over: proto) { noteFailure(of: "reply") }
    }

    private func countSending(_ name: String) throws(ApplicationError) {
        sendings += 1
        guard sendings <= Self.sendingLimit else {
            throw ApplicationError("\(name): one text sends no more than \(Self.sendingLimit)")
        }
    }

    private func noteFailure(of name: String) {
        softswitch.logger.info("a text of the chatplan could not be sent", metadata: ["application": "\(name)"])
    }

    // MARK: - Programs

    /// What the command `system` does, where the command line allows that.
    private func runProgram(_ data: String) async throws(ApplicationError) {
        let answer = await softswitch.execute(command: "system \(data)")
        let isRefused = ["-ERR ", "-USAGE: "].contains { answer.hasPrefix($0) }
        guard !isRefused else { throw ApplicationError("system: \(answer.prefix { $0 != "\n" })") }
    }
}

extension Event {
    /// The event of the answer to a text: the two sides change places, by the names that FreeSWITCH gives them.
    fileprivate var answered: Event {
        var answer = Event(name, subclass: subclass)
        for header in headers { answer.add(Self.otherSide(of: header.name), header.value) }
        answer.set("proto", "GLOBAL_SMS")
        answer.set("replying", "true")
        if let body { answer.set("orig_body", body) }
        answer.body = body
        return answer
    }

    private static func otherSide(of name: String) -> String {
        for (one, other) in [("from", "to"), ("to", "from")] {
            if name.equalsIgnoringASCIICase(one) { return other }
            if name.hasPrefixIgnoringASCIICase(one + "_") { return other + name.dropFirst(one.count) }
        }
        return name
    }
}
