import Base
import Logging
import SwitchCore

/// Texts that programs have sent by the event `SMS::SEND_MESSAGE`; no chatplan is asked about them.
extension ChatplanModule {
    /// The subclass of such an event.
    static let order = "SMS::SEND_MESSAGE"
    /// The subclass of the event that tells what became of it.
    private static let report = "SMS::DELIVERY_REPORT"

    /// Sends the text, and tells of it.
    func carryOut(_ order: Event) async {
        if let why = Self.fault(of: order) {
            softswitch.logger.error("nothing is sent", metadata: ["event": "\(Self.order)", "why": "\(why)"])
            tell("Failure", of: order)
            return
        }
        let isSent = await softswitch.deliver(ChatMessage(order), over: order["dest_proto"] ?? "")
        guard order["blocking"]?.isTrueSetting == true else {
            tell("Accepted", of: order)
            return
        }
        tell(isSent ? "Success" : "Failure", of: order)
    }

    private static func fault(of order: Event) -> String? {
        for name in ["dest_proto", "from", "to"] where order[name]?.isEmpty ?? true { return "\(name) is missing" }
        let length = ["from", "from_full", "to", "type"].reduce(0) { $0 + (order[$1]?.utf8.count ?? 0) }
        return length > ChatMessage.lengthLimit ? "the headers are longer than \(ChatMessage.lengthLimit) bytes" : nil
    }

    private func tell(_ status: String, of order: Event) {
        softswitch.events.publish(.custom) {
            var event = softswitch.makeEvent(.custom, subclass: Self.report)
            event.add("Status", status)
            for header in order.headers where !Self.isOfEveryEvent(header.name) { event.add(header.name, header.value) }
            event.body = order.body
            return event
        }
    }

    /// Whether every event has such a header of its own.
    private static func isOfEveryEvent(_ name: String) -> Bool {
        ["Event-", "FreeSWITCH-", "Core-UUID"].contains { name.hasPrefixIgnoringASCIICase($0) }
    }
}
