import SwitchCore

/// What a channel's far end is asked for; endpoints that cannot ask it say so.
enum LegCommands {
    static let all: [APICommand] = [
        APICommand("uuid_hold", holdSyntax, summary: "holds a channel", words: 1) { context, words in
            let option = ["off", "toggle"].first { $0 == words[0].lowercased() }
            let id = option == nil ? words[0] : words[at: 1] ?? ""
            guard let session = context.softswitch.sessions[id] else { return CommandText.failed }
            let isHeld = await session.callState == .held
            return await session.putOnHold(option == nil || option == "toggle" && !isHeld)
        },
        .channel(
            "uuid_display",
            "<uuid> <display>",
            summary: "shows a name and a number",
            words: 2,
            limit: 2,
            missing: .failed
        ) { session, words in
            let parts = words[1].split(separator: "|", maxSplits: 1).map(String.init)
            let name = parts.first ?? ""
            await session.noteShown(name: name, number: parts[at: 1] ?? name)
            return await session.ask(.display(name: name, number: parts[at: 1] ?? name), "uuid_display")
        },
        .channel("uuid_deflect", "<uuid> <uri>", summary: "sends the far end elsewhere", words: 2, missing: .named) {
            await $0.ask(.deflect($1[1]), "uuid_deflect", success: "+OK:\n")
        },
        .channel("uuid_redirect", "<uuid> <uri>", summary: "sends the caller elsewhere", words: 2, missing: .named) {
            await $0.ask(.redirect($1[1]), "uuid_redirect", success: "+OK:\n")
        },
        .channel("uuid_simplify", "<uuid>", summary: "lets two far ends talk without the switch", missing: .failed) {
            session,
            _ in
            guard let address = await session.partner?.takeoverAddress else { return CommandText.failed }
            return await session.tell(.deflect(address)) ? CommandText.success : CommandText.failed
        },
        .channel(
            "uuid_send_info",
            "<uuid> [<mime_type> <mime_subtype>] <message>",
            summary: "sends a text beside the call",
            words: 2,
            limit: 4,
            missing: .text("-ERR Operation Failed\n")
        ) { session, words in
            let hasType = words.count == 4
            let type = hasType ? "\(words[1])/\(words[2])" : "text/plain"
            let body = hasType ? words[3] : words[1...].joined(separator: " ")
            return await session.ask(.info(type: type, body: body), "uuid_send_info")
        },
        .channel(
            "uuid_send_message",
            "<uuid> <message>",
            summary: "sends a text to be shown",
            words: 2,
            limit: 2,
            missing: .text("-ERR Unable to find session for UUID\n")
        ) { session, words in
            await session.tell(.message(type: "text/plain", body: words[1]))
                ? CommandText.success : "-ERR Operation Failed\n"
        },
        .channel(
            "uuid_chat",
            "<uuid> <text>",
            summary: "sends a text to be shown",
            words: 2,
            limit: 2,
            missing: .named
        ) { session, words in
            await session.tell(.message(type: "text/html", body: words[1])) ? CommandText.done : "-ERR Send failed\n"
        },
        .channel(
            "uuid_send_text",
            "<uuid> <text>",
            summary: "sends a text to be shown",
            words: 2,
            limit: 2,
            missing: .named
        ) { session, words in
            await session.tell(.message(type: "text/plain", body: words[1])) ? CommandText.done : "-ERR Send failed\n"
        },
        .channel(
            "uuid_phone_event",
            "<uuid>",
            summary: "does as if a key of the phone was pressed",
            missing: .failed
        ) { await $0.ask(.phoneEvent($1[at: 1] ?? "talk"), "uuid_phone_event") },
        mediaPath("uuid_media"), mediaPath("uuid_media_3p"),
        APICommand("uuid_media_reneg", "<uuid>[ <codec_string>]", summary: "agrees on codecs anew", words: 1) {
            context,
            words in
            // A plus sign before the UUID is for video.
            let id = words[0].hasPrefix("+") ? String(words[0].dropFirst()) : words[0]
            let session = context.softswitch.sessions[id]
            let isAsked = await session?.tell(.renegotiate(codecs: words[at: 1])) == true
            return isAsked ? CommandText.success : "-ERR Operation Failed\n"
        },
    ]

    private static func mediaPath(_ name: String) -> APICommand {
        APICommand(name, "[off] <uuid>", summary: "media through the switch or past it", words: 1) { context, words in
            let isOff = words[0].lowercased() == "off"
            let id = isOff ? words[at: 1] ?? "" : words[0]
            guard let session = context.softswitch.sessions[id] else { return CommandText.failed }
            let isDone = isOff ? await session.bypassMedia() : await session.reclaimMedia()
            return isDone ? CommandText.success : CommandText.failed
        }
    }

    private static let holdSyntax = "[off|toggle] <uuid> [<display>]"
}

extension Session {
    /// Where somebody takes the place of the switch in the channel's call.
    fileprivate var takeoverAddress: String? { leg?.takeoverAddress }

    /// Asks the far end; false when it cannot be asked.
    fileprivate func tell(_ request: LegRequest) -> Bool { leg?.perform(request) == true }

    /// Holds the far end or takes it back; the answer says what came of it.
    fileprivate func putOnHold(_ isWanted: Bool) async -> String {
        guard let leg else { return CommandText.failed }
        return await hold(isWanted) ? CommandText.success : CommandText.absent("uuid_hold on \(leg.technology) is")
    }

    /// Asks the far end; the answer says what came of it.
    fileprivate func ask(_ request: LegRequest, _ name: String, success: String = CommandText.success) -> String {
        guard let leg else { return CommandText.failed }
        return leg.perform(request) ? success : CommandText.absent("\(name) on \(leg.technology) is")
    }
}
