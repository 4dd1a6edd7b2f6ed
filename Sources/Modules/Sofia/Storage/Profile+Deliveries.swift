import Base
import Logging
import SIP
import SwitchCore
import XMLConfig

/// Requests between nodes: for a phone that is registered with another one, and from there.
extension Profile {
    /// The Call-ID and the Route with which the node of a contact takes a request for it; `nil` when nothing is known of
    /// that node.
    func passage(
        _ method: SIPMethod,
        to contact: SIPURI,
        of owner: ContactOwner
    ) -> (callID: String, route: NameAddress)? {
        guard let node = store?.node(owner.host) else { return nil }
        let callID = softswitch.makeUUID()
        let pass = DeliveryPass(method, to: contact, of: owner.user, owner.domain, in: callID, at: epoch, for: node)
        return (callID, pass.route(to: node))
    }

    /// Adds to an INVITE what its node wants to see; false when nothing is known of that node.
    func address(_ invite: inout OutgoingInvite, to owner: ContactOwner) -> Bool {
        guard let passage = passage(.invite, to: invite.requestURI, of: owner) else { return false }
        (invite.callID, invite.routes) = (passage.callID, [passage.route])
        invite.patience = Self.nodePatience
        return true
    }

    /// How long a node may take to answer anything at all: one that lives says 100 at once, and one that has just died is
    /// in the database still.
    private static let nodePatience = Duration.seconds(3)

    /// What a request is that another node hands over for a phone of ours.
    enum DeliveryOutcome {
        case delivery(Delivery)
        case refused(Int)
    }

    /// Looks whether another node hands a request over; `nil` for every other one.
    ///
    /// What looks like it and does not count is refused: the dialplan here is not meant.
    func delivery(of message: SIPMessage) async -> DeliveryOutcome? {
        guard let route = message.routes.first, DeliveryPass.isThere(in: route.uri) else { return nil }
        guard let node = store?.node, let contact = message.requestURI, let pass = DeliveryPass(route.uri),
            pass.counts(message.method, for: contact, in: message.callID, at: epoch, secret: node.secret)
        else {
            logger.warning(
                "a request from another node is refused: it does not know the secret, or its clock is not ours",
                metadata: ["from": "\(message.from.uri.hostText.asLogged)"]
            )
            return .refused(403)
        }
        switch usedPasses.use(pass, at: loop.now) {
        case .new: break
        case .used:
            logger.warning("a pass of another node is refused: it was used before")
            return .refused(403)
        case .full:
            if let count = unrememberedPasses.note(at: loop.now) {
                logger.warning("too many requests from other nodes at once", metadata: ["count": "\(count)"])
            }
            return .refused(503)
        }
        let registration = registrar.contacts(of: pass.user, domain: pass.domain).first {
            $0.contact.isEquivalent(to: contact)
        }
        guard let dialString = registration.flatMap({ dialString(of: $0) }) else { return .refused(480) }
        let user = await softswitch.directory.user(pass.user, domain: pass.domain)
        return .delivery(
            Delivery(
                user: pass.user,
                domain: pass.domain,
                contact: contact,
                context: user?.variables["user_context"],
                dialString: dialString
            )
        )
    }
}

/// A request that goes to one contact, past the dialplan: the node that sent it has done what that says.
struct Delivery: Sendable {
    /// Whose phone it is.
    let user: String
    let domain: String
    let contact: SIPURI
    /// The context of the user, for transfers.
    let context: String?
    /// How the contact is called.
    let dialString: String

    /// How long the phone may ring: the other node decides that.
    private static let longestRinging = 3600
    /// What the name of a variable has when it means nothing else in an argument.
    private static let characters = Set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_".utf8
    )

    /// What the channel does.
    ///
    /// - Parameter headers: The variables with headers that came with the call, which go on with it.
    func route(passing headers: [String]) -> DialplanRoute {
        let names = headers.filter { name in name.utf8.allSatisfy { Self.characters.contains($0) } }
        let actions =
            names.map { DialplanAction(application: "export", data: "nolocal:\($0)=${\($0)}") } + [
                DialplanAction(application: "set", data: "call_timeout=\(Self.longestRinging)"),
                DialplanAction(application: "set", data: "hangup_after_bridge=true"),
                DialplanAction(application: "bridge", data: dialString),
            ]
        return DialplanRoute(extensionName: "delivery", actions: actions)
    }
}

/// The passes that were shown, so that none is good for a second request: bounded.
///
/// They are on two shelves, by when they came. When the time of a pass has gone by since the newer shelf was begun, the older
/// one is cleared: nothing on it counts any more. So none is ever looked for one by one.
struct UsedPasses: Sendable {
    /// How many a shelf takes: 500 requests a second.
    static let usualLimit = 500 * Int(2 * DeliveryPass.life)

    /// What is said of a pass.
    enum Outcome: Sendable, Hashable {
        case new
        /// It was shown before.
        case used
        /// There is no place to remember it.
        case full
    }

    private let limit: Int
    private var newer: Set<[UInt8]> = []
    private var older: Set<[UInt8]> = []
    private var turnsAt: MonotonicInstant?

    /// How long a pass may count after it was shown: it may be from a clock that is ahead.
    private static let time = Duration.seconds(2 * DeliveryPass.life)

    /// Empty shelves.
    init(limit: Int = usualLimit) { self.limit = limit }

    /// Remembers a pass.
    mutating func use(_ pass: DeliveryPass, at now: MonotonicInstant) -> Outcome {
        turn(at: now)
        guard !newer.contains(pass.code), !older.contains(pass.code) else { return .used }
        guard newer.count < limit else { return .full }
        newer.insert(pass.code)
        return .new
    }

    private mutating func turn(at now: MonotonicInstant) {
        if let turnsAt, now < turnsAt { return }
        let isLongAgo = turnsAt.map { now - $0 >= Self.time } ?? true
        (newer, older) = ([], isLongAgo ? [] : newer)
        turnsAt = now + Self.time
    }
}
