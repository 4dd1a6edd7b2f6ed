/// Where a channel is in its life; the names and numbers are FreeSWITCH's.
public enum ChannelState: Int, Sendable {
    case new, initializing, routing, softExecute, execute, exchangeMedia, park, consumeMedia, hibernate, reset
    case hangup, reporting, destroy, none

    /// The name in events and listings: `CS_EXECUTE`.
    public var name: String {
        switch self {
        case .new: "CS_NEW"
        case .initializing: "CS_INIT"
        case .routing: "CS_ROUTING"
        case .softExecute: "CS_SOFT_EXECUTE"
        case .execute: "CS_EXECUTE"
        case .exchangeMedia: "CS_EXCHANGE_MEDIA"
        case .park: "CS_PARK"
        case .consumeMedia: "CS_CONSUME_MEDIA"
        case .hibernate: "CS_HIBERNATE"
        case .reset: "CS_RESET"
        case .hangup: "CS_HANGUP"
        case .reporting: "CS_REPORTING"
        case .destroy: "CS_DESTROY"
        case .none: "CS_NONE"
        }
    }

    private var isLive: Bool { (ChannelState.routing.rawValue...ChannelState.hibernate.rawValue).contains(rawValue) }

    /// Whether a channel in this state may go to `next`.
    ///
    /// `new` and `reset` may go anywhere; the live states move among themselves; after `hangup` there is only the way
    /// out.
    public func allows(_ next: ChannelState) -> Bool {
        switch self {
        case .new, .reset: next != .new
        case .initializing: next.isLive || next == .hangup || next == .reset
        case .hibernate: next.isLive || next == .hangup || next == .reset || next == .initializing
        case .routing, .softExecute, .execute, .exchangeMedia, .park, .consumeMedia:
            next.isLive || next == .hangup || next == .reset
        case .hangup: next == .reporting || next == .destroy
        case .reporting: next == .destroy
        case .destroy, .none: false
        }
    }
}

/// What the call's user would say it is doing.
public enum CallState: Int, Sendable {
    case down, dialing, ringing, early, active, held, ringWait, hangup, unheld

    /// The name in events and listings: `RINGING`.
    public var name: String {
        switch self {
        case .down: "DOWN"
        case .dialing: "DIALING"
        case .ringing: "RINGING"
        case .early: "EARLY"
        case .active: "ACTIVE"
        case .held: "HELD"
        case .ringWait: "RING_WAIT"
        case .hangup: "HANGUP"
        case .unheld: "UNHELD"
        }
    }
}

/// Who began the call, seen from the switch.
public enum CallDirection: String, Sendable {
    case inbound, outbound
}
