import SIP

/// What Subscription-State says in a NOTIFY that nobody has subscribed to (RFC 6665 §4.1.3).
enum NoticeState: String {
    /// More may follow.
    case active
    /// What a phone has asked for is being done: more follows within a minute.
    case underWay = "active;expires=60"
    /// Nothing follows.
    case over = "terminated;reason=noresource"

    /// The header.
    var line: SIPHeaderLine { SIPHeaderLine(.subscriptionState, rawValue) }
}
