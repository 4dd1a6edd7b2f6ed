import Base
import Logging
import SIP

/// What an operator wants done with registrations, where other nodes have them.
///
/// The node of a registration does it. It is told by a NOTIFY with a pass, whose Event says what; the phone never sees it.
extension Profile {
    /// What is to be done with a registration.
    enum RegistrationOrder: String {
        /// Its phone is told to read its configuration anew.
        case sync = "tandem-check-sync"
        /// It is ended.
        case flush = "tandem-flush"
        /// It is ended, and its phone told to read its configuration anew.
        case reboot = "tandem-reboot"
    }

    /// Has other nodes do something with the registrations that they have: at most as many as may wait for an answer.
    func order(_ order: RegistrationOrder, _ name: String) async {
        guard let store = await onLoop({ $0.store }) else { return }
        for contact in await store.contacts(named: name, limit: Self.messageLimit) {
            let target = dialString(of: contact.contact, user: contact.user, domain: contact.domain)
            if contact.contact.node != nil,
                await notify(target, of: contact.user, contact.domain, event: order.rawValue)
            {
                continue
            }
            logger.info("another node is not told", metadata: ["of": "\(contact.user.asLogged)"])
        }
    }

    /// A NOTIFY outside of subscriptions: another node's order, word of waiting messages, or nothing that is known here.
    func receivedNotice(_ message: SIPMessage, _ transaction: TransactionHandle, over flow: SIPFlow) async {
        switch await delivery(of: message) {
        case nil:
            // Some carriers tell of waiting messages without being asked.
            guard message.eventPackage?.lowercased() == "message-summary" else { return respond(transaction, 481) }
            respond(transaction, 200)
            receivedWaitingMessages(message, over: flow)
        case .refused(let status): respond(transaction, status)
        case .delivery(let delivery):
            guard let order = message.first(.event).flatMap({ RegistrationOrder(rawValue: String($0)) }) else {
                respond(transaction, 489)
                return
            }
            respond(transaction, 200)
            let choice = RegistrationChoice.contact(delivery.contact, user: delivery.user, domain: delivery.domain)
            switch order {
            case .sync: checkSync(choice)
            case .flush: flush(choice, reboots: false)
            case .reboot: flush(choice, reboots: true)
            }
        }
    }
}
