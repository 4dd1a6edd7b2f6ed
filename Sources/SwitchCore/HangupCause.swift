/// Why a call ended or could not be made: the Q.850 causes and the switch's own above 142, under FreeSWITCH's names.
///
/// The names and numbers are interface facts: dialplans compare them (`continue_on_fail=USER_BUSY`), CDR importers and
/// event clients read them. Endpoints translate to and from their protocol at the border.
public enum HangupCause: Int, CaseIterable, Error, Sendable {
    case none = 0
    case unallocatedNumber = 1
    case noRouteTransitNet = 2
    case noRouteDestination = 3
    case channelUnacceptable = 6
    case callAwardedDelivered = 7
    case normalClearing = 16
    case userBusy = 17
    case noUserResponse = 18
    case noAnswer = 19
    case subscriberAbsent = 20
    case callRejected = 21
    case numberChanged = 22
    case redirectionToNewDestination = 23
    case exchangeRoutingError = 25
    case destinationOutOfOrder = 27
    case invalidNumberFormat = 28
    case facilityRejected = 29
    case responseToStatusEnquiry = 30
    case normalUnspecified = 31
    case normalCircuitCongestion = 34
    case networkOutOfOrder = 38
    case normalTemporaryFailure = 41
    case switchCongestion = 42
    case accessInfoDiscarded = 43
    case requestedChanUnavail = 44
    case preEmpted = 45
    case facilityNotSubscribed = 50
    case outgoingCallBarred = 52
    case incomingCallBarred = 54
    case bearercapabilityNotauth = 57
    case bearercapabilityNotavail = 58
    case serviceUnavailable = 63
    case bearercapabilityNotimpl = 65
    case chanNotImplemented = 66
    case facilityNotImplemented = 69
    case serviceNotImplemented = 79
    case invalidCallReference = 81
    case incompatibleDestination = 88
    case invalidMsgUnspecified = 95
    case mandatoryIeMissing = 96
    case messageTypeNonexist = 97
    case wrongMessage = 98
    case ieNonexist = 99
    case invalidIeContents = 100
    case wrongCallState = 101
    case recoveryOnTimerExpire = 102
    case mandatoryIeLengthError = 103
    case protocolError = 111
    case interworking = 127
    case success = 142
    case originatorCancel = 487
    case crash = 700
    case systemShutdown = 701
    case loseRace = 702
    case managerRequest = 703
    case blindTransfer = 800
    case attendedTransfer = 801
    case allottedTimeout = 802
    case userChallenge = 803
    case mediaTimeout = 804
    case pickedOff = 805
    case userNotRegistered = 806
    case progressTimeout = 807
    case invalidGateway = 808
    case gatewayDown = 809
    case invalidUrl = 810
    case invalidProfile = 811
    case noPickup = 812
    case srtpReadError = 813
    case bowout = 814
    case busyEverywhere = 815
    case decline = 816
    case doesNotExistAnywhere = 817
    case notAcceptable = 818
    case unwanted = 819
    case noIdentity = 820
    case badIdentityInfo = 821
    case unsupportedCertificate = 822
    case invalidIdentity = 823
    case staleDate = 824
    case rejectAll = 825
}

extension HangupCause {
    private static let names: [HangupCause: String] = {
        // NO_ROUTE_DESTINATION is `noRouteDestination`: the rule is mechanical, so one list is enough.
        let pairs = allCases.map { cause -> (HangupCause, String) in
            let name = String(describing: cause).reduce(into: "") { text, letter in
                if letter.isUppercase { text.append("_") }
                text.append(contentsOf: letter.uppercased())
            }
            return (cause, name)
        }
        return Dictionary(pairs) { first, _ in first }
    }()

    private static let byName: [String: HangupCause] =
        Dictionary(names.map { ($0.value, $0.key) }) { first, _ in first }

    /// The name that operators see: `NORMAL_CLEARING`.
    public var name: String { Self.names[self] ?? "NONE" }

    /// The cause that a name (any case) or a number stands for.
    public init?(_ text: some StringProtocol) {
        if let number = Int(text), let cause = HangupCause(rawValue: number) {
            self = cause
        } else if let cause = Self.byName[text.uppercased()] {
            self = cause
        } else {
            return nil
        }
    }

    /// The number that goes into a `Q.850` Reason header and the CDR: the switch's own causes count as 16.
    public var q850: Int { rawValue < 128 ? rawValue : HangupCause.normalClearing.rawValue }
}
