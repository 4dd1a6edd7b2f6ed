import Base

/// Which context is asked for, and for which number.
struct DialplanQuestion {
    /// Where a number comes from; the setting `dialplan`/`destination` says which one counts.
    enum NumberSource {
        case destination, toUser, requestUser

        /// What the setting says.
        init(setting: String) {
            switch setting {
            case "${sip_to_user}", "sip_to_user": self = .toUser
            case "${sip_req_user}", "sip_req_user": self = .requestUser
            default: self = .destination
            }
        }
    }

    /// The context, `public` when none is named.
    let context: String
    private let destination: String
    private let toUser: String
    private let requestUser: String

    init(_ question: XMLQuestion) {
        context = question["Hunt-Context"] ?? question["Caller-Context"] ?? "public"
        destination = question["Caller-Destination-Number"] ?? ""
        toUser = PercentEncoding.decode(question["variable_sip_to_user"] ?? "")
        requestUser = PercentEncoding.decode(question["variable_sip_req_user"] ?? "")
    }

    /// Whether calls come in by this context, so that a row may be chosen by the number that was called.
    var isPublic: Bool { context == "public" || context.hasPrefix("public@") || context.hasSuffix(".public") }

    /// The contexts whose rows are asked for: the one, and those that are part of every tenant's.
    var contexts: [String] {
        isPublic || context.contains("@") ? [context] : [context, "${domain_name}", "global"]
    }

    /// The number that was called.
    func number(_ source: NumberSource) -> String {
        switch source {
        case .destination: destination
        case .toUser: toUser
        case .requestUser: requestUser
        }
    }

    /// All the numbers that may count, each once.
    var numbers: Set<String> { [destination, toUser, requestUser] }
}
