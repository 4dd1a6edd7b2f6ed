import SwitchCore

/// Answering, refusing, ending and bridging.
enum CallApplications {
    static let all: [Application] = [
        Application("answer", [.noMedia]) { session, _ in try await session.answerWithMedia() },
        Application("pre_answer", [.noMedia]) { session, _ in session.preAnswer() },
        Application("ring_ready", [.noMedia]) { session, _ in session.ringReady() },
        Application("wait_for_answer", [.noMedia]) { session, _ in
            try await session.wait { $0.isAnswered || $0.isOver }
        },
        Application("hangup", syntax: "[<cause>]", [.noMedia]) { session, data in
            session.hangUp(data.isEmpty ? .normalClearing : HangupCause(data) ?? .normalClearing)
        },
        respond,
        Application("bridge", syntax: "<dial string>", [.noMedia]) { session, data in
            // Nobody to be called is nobody who failed.
            if !data.isEmpty { try await session.bridge(to: data) }
        },
        Application("park", [.noMedia]) { session, _ in session.park() },
        Application("acknowledge_call", [.noMedia]) { _, _ in },
        Application("stop", [.noMedia, .inline]) { _, _ in },
    ]

    private static let respond = Application("respond", syntax: "<status> [<reason>]", [.noMedia]) { session, data in
        let words = data.split(separator: " ", maxSplits: 1).map(String.init)
        let reason = words.count > 1 ? words[1] : nil
        let status = words.first.flatMap { Int($0) } ?? 0
        guard (101...199).contains(status) || (300...699).contains(status) else {
            throw ApplicationError("respond needs a status from 101 to 199 or from 300 to 699, not \"\(data)\"")
        }
        if status == 180, reason == nil { return session.ringReady() }
        if status < 200 {
            guard session.leg?.perform(.progress(status: status, reason: reason)) == true else {
                throw ApplicationError("\(status) can only be sent to a caller who is not answered")
            }
            return
        }
        session.hangUp(session.leg?.refuse(status: status, reason: reason) ?? .normalUnspecified)
    }
}
