import Base
import SwitchCore

/// `originate`: rings a dial string, and gives who answers an extension or an application.
///
/// It answers when the call is answered, or has early media, or has failed.
enum OriginateCommand {
    private static let syntax =
        "<call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] [<cid_name>] [<cid_num>] "
        + "[<timeout_sec>]"

    static let command = APICommand("originate", syntax: syntax, summary: "makes a call") { context, text in
        guard let order = Order(text) else { return "-USAGE: \(syntax)\n" }
        return await carryOut(order, context.softswitch)
    }

    /// The words of the command; `undef` leaves a word out.
    struct Order {
        /// Whom to call.
        var dialString: String
        /// Where the call goes once it is answered.
        var target: Target
        /// The caller as the called party shall see it.
        var name: String?
        var number: String?
        var timeout = Originator.defaultTimeout

        enum Target: Equatable {
            case destination(String, dialplan: String, context: String)
            case application(DialplanAction)
        }

        private static let longestTimeout = 86_400

        init?(_ text: String) {
            let words = ListSplitter.split(text, by: " ")
            guard (2...7).contains(words.count) else { return nil }
            let word = { (index: Int) in
                words.count > index && words[index].lowercased() != "undef" ? words[index] : nil
            }
            guard let dialString = word(0), let target = word(1), !dialString.isEmpty, !target.isEmpty else {
                return nil
            }
            self.dialString = dialString
            self.target =
                Self.application(target)
                ?? .destination(target, dialplan: word(2) ?? "XML", context: word(3) ?? "default")
            (name, number) = (word(4), word(5))
            if let seconds = word(6).flatMap({ Int($0) }), seconds > 0 {
                timeout = .seconds(min(seconds, Self.longestTimeout))
            }
        }

        /// `&name(data)`; the data ends at the first closing parenthesis.
        private static func application(_ text: String) -> Target? {
            guard text.hasPrefix("&"), text.count > 1 else { return nil }
            let body = text.dropFirst().prefix { $0 != ")" }
            let parts = body.split(separator: "(", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return .application(DialplanAction(application: parts[0], data: parts.count > 1 ? parts[1] : ""))
        }
    }

    private static func carryOut(_ order: Order, _ softswitch: Switch) async -> String {
        var caller = CallerProfile()
        caller.setField("caller_id_name", to: order.name ?? "")
        caller.setField("caller_id_number", to: order.number ?? "")
        // The legs know the caller by variables too, as whatever they call in turn reads those.
        let variables = [("name", order.name), ("number", order.number)].compactMap { field, value in
            value.map { DialVariable(name: "origination_caller_id_\(field)", value: $0) }
        }
        let originator = Originator(softswitch, variables: variables, profile: caller, timeout: order.timeout)
        switch await originator.originate(order.dialString) {
        case .failed(let cause): return "-ERR \(cause.name)\n"
        case .connected(let leg):
            switch order.target {
            case .application(let action):
                await leg.run(DialplanRoute(extensionName: action.application, actions: [action]))
            case .destination(let destination, let dialplan, let context):
                await leg.divert(to: destination, dialplan: dialplan, context: context)
            }
            return "+OK \(leg.id)\n"
        }
    }
}
