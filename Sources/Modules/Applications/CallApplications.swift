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
            try await session.bridge(to: data)
        },
        Application("park", [.noMedia]) { session, _ in session.park() },
        Application("acknowledge_call", [.noMedia]) { _, _ in },
        Application("stop", [.noMedia, .inline]) { _, _ in },
    ]

    private static let respond = Application("respond", syntax: "<status> [<reason>]", [.noMedia]) { session, data in
        let words = data.split(separator: " ", maxSplits: 1).map(String.init)
        guard let status = words.first.flatMap({ Int($0) }), (300...699).contains(status) else {
            throw ApplicationError("respond needs a status from 300 to 699, not \"\(data)\"")
        }
        session.leg?.refuse(status: status, reason: words.count > 1 ? words[1] : nil)
        session.hangUp(cause(for: status))
    }

    /// The cause that the call's own record shows for a status that the dialplan chose.
    private static func cause(for status: Int) -> HangupCause {
        switch status {
        case 401, 403, 407, 603: .callRejected
        case 404: .unallocatedNumber
        case 408: .recoveryOnTimerExpire
        case 410: .numberChanged
        case 480: .noUserResponse
        case 484: .invalidNumberFormat
        case 486, 600: .userBusy
        case 488, 606: .incompatibleDestination
        case 501: .serviceNotImplemented
        case 500, 503: .normalTemporaryFailure
        default: .normalUnspecified
        }
    }
}
