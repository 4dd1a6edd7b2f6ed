import SIP
import SwitchCore

/// Between hang-up causes and SIP statuses (FreeSWITCH's tables, after RFC 3398 §7.2.4.1 and §8.2.6.1).
enum CauseMapping {
    /// The final status that refuses a call with a cause.
    static func status(for cause: HangupCause) -> Int {
        switch cause {
        case .unallocatedNumber, .noRouteTransitNet, .noRouteDestination: 404
        case .userBusy: 486
        case .noUserResponse: 408
        case .noAnswer, .subscriberAbsent, .normalUnspecified: 480
        case .callRejected: 603
        case .numberChanged, .redirectionToNewDestination: 410
        case .exchangeRoutingError: 483
        case .destinationOutOfOrder, .invalidProfile: 502
        case .invalidNumberFormat, .invalidGateway, .invalidUrl: 484
        case .facilityRejected, .facilityNotImplemented, .serviceNotImplemented: 501
        case .normalCircuitCongestion, .networkOutOfOrder, .normalTemporaryFailure, .switchCongestion,
            .requestedChanUnavail, .bearercapabilityNotavail, .gatewayDown:
            503
        case .outgoingCallBarred, .incomingCallBarred, .bearercapabilityNotauth, .staleDate: 403
        case .bearercapabilityNotimpl, .incompatibleDestination: 488
        case .recoveryOnTimerExpire: 504
        case .originatorCancel: 487
        case .busyEverywhere: 600
        case .decline, .rejectAll: 603
        case .doesNotExistAnywhere: 604
        case .notAcceptable: 606
        case .unwanted: 607
        case .noIdentity: 428
        case .badIdentityInfo: 429
        case .unsupportedCertificate: 437
        case .invalidIdentity: 438
        default: 480
        }
    }

    /// The cause that a final status means.
    static func cause(for status: Int) -> HangupCause {
        switch status {
        case 200: .normalClearing
        case 401, 402, 403, 407, 603, 608: .callRejected
        case 607: .unwanted
        case 404: .unallocatedNumber
        case 485, 604: .noRouteDestination
        case 408, 504: .recoveryOnTimerExpire
        case 410: .numberChanged
        case 413, 414, 416, 420, 421, 423, 505, 513: .interworking
        case 480: .noUserResponse
        case 400, 481, 500, 503: .normalTemporaryFailure
        case 486, 600: .userBusy
        case 484: .invalidNumberFormat
        case 488, 606: .incompatibleDestination
        case 502: .networkOutOfOrder
        case 405: .serviceUnavailable
        case 406, 415, 501: .serviceNotImplemented
        case 482, 483: .exchangeRoutingError
        case 487: .originatorCancel
        case 428: .noIdentity
        case 429: .badIdentityInfo
        case 437: .unsupportedCertificate
        case 438: .invalidIdentity
        default: .normalUnspecified
        }
    }

    /// The cause of a message: its Reason header (`Q.850;cause=17`, RFC 3326) overrides what the status says.
    static func cause(of message: SIPMessage, default fallback: HangupCause) -> HangupCause {
        for reason in message.all(named: "Reason") {
            guard reason.lowercased().hasPrefix("q.850") else { continue }
            for parameter in reason.split(separator: ";").dropFirst() {
                let pair = parameter.split(separator: "=", maxSplits: 1)
                guard pair.count == 2, pair[0].filter({ $0 != " " }).lowercased() == "cause" else { continue }
                if let number = Int(pair[1]), let cause = HangupCause(rawValue: number), cause != .none { return cause }
            }
        }
        return fallback
    }

    /// The Reason header that tells the peer why the call ended.
    ///
    /// - Parameter tellsElsewhere: Whether a phone may hear that another one took the call
    ///   (`ignore_completed_elsewhere`).
    static func reason(for cause: HangupCause, tellsElsewhere: Bool = true) -> SIPHeaderLine {
        if cause == .loseRace, tellsElsewhere {
            // The phone shall not list a call that another one took as missed.
            return SIPHeaderLine("Reason", "SIP;cause=200;text=\"Call completed elsewhere\"")
        }
        return SIPHeaderLine("Reason", "Q.850;cause=\(cause.q850);text=\"\(cause.name)\"")
    }
}
