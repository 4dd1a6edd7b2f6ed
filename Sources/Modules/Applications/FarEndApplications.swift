import Base
import MediaEngine
import SwitchCore
import XMLConfig

/// Asking the far end for something: to be on hold, to show a name, to call somebody else.
enum FarEndApplications {
    static let all: [Application] = [
        Application("hold", syntax: "[<display>]", [.noMedia]) { session, _ in
            try await session.hold(true, for: "hold")
        },
        Application("unhold", [.noMedia]) { session, _ in try await session.hold(false, for: "unhold") },
        Application("deflect", syntax: "<URI>", [.noMedia]) { session, data in
            guard !data.isEmpty else { throw ApplicationError("deflect needs a URI") }
            try await deflect(to: data, for: "deflect", on: session)
        },
        Application("redirect", syntax: "<URI>[,<URI> …]", [.noMedia]) { session, data in
            guard !data.isEmpty else { throw ApplicationError("redirect needs a URI") }
            // Before the answer it is a redirection; afterwards it can only be a transfer.
            if session.isAnswered {
                try await deflect(to: data, for: "redirect", on: session)
            } else {
                try session.ask(.redirect(data), for: "redirect")
            }
        },
        Application("send_display", syntax: "<name>[|<number>]", [.noMedia]) { session, data in
            let parts = data.split(separator: "|", maxSplits: 1).map(String.init)
            let number = parts.count > 1 ? parts[1] : session.profile.calleeIDNumber
            session.noteShown(name: parts.first ?? "", number: number)
            try session.ask(.display(name: parts.first ?? "", number: number), for: "send_display")
        },
        Application("send_info", syntax: "[<content type>] <text>", [.noMedia]) { session, data in
            let parts = data.split(separator: " ", maxSplits: 1).map(String.init)
            let isTyped = parts.count > 1 && parts[0].contains("/")
            let request = LegRequest.info(type: isTyped ? parts[0] : "text/plain", body: isTyped ? parts[1] : data)
            try session.ask(request, for: "send_info")
        },
        Application("att_xfer", syntax: "<dial string>", []) { session, data in
            guard !data.isEmpty else { throw ApplicationError("att_xfer needs a dial string") }
            try await session.consult(data)
        },
        Application("soft_hold", syntax: "<key> [<music> [<music of the other>]]", []) { session, data in
            try await softHold(data, on: session)
        },
    ]

    /// How long the far end may take to call somebody else.
    private static let deflectionTime = Duration.seconds(60)

    /// Lets the far end call somebody else, and waits for what comes of it: the call ends when it does.
    private static func deflect(to target: String, for name: String, on session: isolated Session) async throws {
        try session.ask(.deflect(target), for: name)
        try await session.wait(timeout: deflectionTime) { $0.variable("sip_refer_reply") != nil }
    }

    /// Keeps the partner waiting with music, until the key.
    private static func softHold(_ data: String, on session: isolated Session) async throws {
        let arguments = Arguments(data)
        guard let key = arguments[0]?.first else { throw ApplicationError("soft_hold needs a key") }
        guard let partner = session.partner, let mine = session.media, let theirs = await partner.media else {
            throw ApplicationError("soft_hold needs a bridge")
        }
        mine.unbridge()
        // Whoever is still there hears the other again.
        defer { if session.partner === partner, !session.isOver { mine.bridge(to: theirs) } }
        try await session.playingMusic(arguments[1] ?? session.holdMusicName, to: partner) { session in
            try await session.wait { $0.digits.contains(key) || $0.partner !== partner }
        }
        session.dropDigits(through: key)
    }
}

extension Session {
    fileprivate func ask(_ request: LegRequest, for name: String) throws {
        guard leg?.perform(request) == true else { throw impossible(name) }
    }

    fileprivate func hold(_ isWanted: Bool, for name: String) async throws {
        guard await hold(isWanted) else { throw impossible(name) }
    }

    private func impossible(_ name: String) -> ApplicationError {
        ApplicationError("\(name): not possible now, or never for \(leg?.technology ?? "this channel")")
    }
}
