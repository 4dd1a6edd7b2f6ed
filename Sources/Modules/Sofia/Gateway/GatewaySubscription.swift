import Base
import SIP
import XMLConfig

/// What is wanted to be heard from a gateway (`<subscription event="message-summary">`).
struct GatewaySubscriptionSettings: Sendable {
    /// The package of events.
    let event: String
    /// The type that is asked for (`content-type`).
    let accepts: String?
    let policy: ClientSubscription.Policy
    /// Whether the account is asked about, and not the proxy (`username-in-request`).
    let namesAccount: Bool

    /// How many a gateway has.
    private static let limit = 16

    /// Reads the `<subscriptions>` of a gateway; what cannot be used is left out, with a warning.
    static func all(of gateway: XMLNode, diagnostics: inout [Diagnostic]) throws(ConfigurationError) -> [Self] {
        guard let list = gateway.first("subscriptions") else { return [] }
        var all: [Self] = []
        for node in list.children(named: "subscription") {
            var reader = ConfigurationReader(ParameterList(of: node))
            guard let event = node.nonEmpty(attribute: "event"), event.isToken, all.count < limit else {
                let text = all.count < limit ? "a subscription needs an event" : "\(limit) subscriptions at most"
                reader.report(.warning, at: node.location, "\(text): it is left out")
                diagnostics += try reader.finish()
                continue
            }
            all.append(Self(event, &reader))
            diagnostics += try reader.finish()
        }
        return all
    }

    private init(_ event: String, _ reader: inout ConfigurationReader) {
        self.event = event
        accepts = reader.nonEmptyString("content-type")
        namesAccount = reader.boolean("username-in-request", default: false)
        var policy = ClientSubscription.Policy()
        policy.expires = reader.seconds("expire-seconds", atLeast: 5, default: policy.expires)
        policy.retry = reader.seconds("retry-seconds", atLeast: 10, default: policy.retry)
        self.policy = policy
    }
}

/// A subscription at a gateway, as it is now.
// @unchecked: confined to the profile's loop.
final class GatewaySubscription: @unchecked Sendable {
    let settings: GatewaySubscriptionSettings
    var subscription: ClientSubscription
    /// The number of the last SUBSCRIBE: answers to others come too late.
    var attempt: UInt64 = 0

    init(_ settings: GatewaySubscriptionSettings, seed: [UInt8]) {
        self.settings = settings
        subscription = ClientSubscription(settings.policy, seed: seed)
    }
}

extension String {
    /// Whether the text is a word that a header can name (RFC 3261 §25.1 `token`).
    fileprivate var isToken: Bool {
        !isEmpty && allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-.!%*_+`'~".contains($0)) }
    }
}
