import Base
import Cache
import XMLConfig

/// What a document is kept under.
///
/// A group is what FusionPBX's pages forget with one call, and more where they forget too little: a user under whatever
/// domain or context is named, a file for all machines, a context with all numbers, all phrases of a language.
enum DocumentKey {
    /// How long a number may be for its document to be kept.
    private static let numberLimit = 64

    /// The key of the document that answers a question; `nil` for one that is made anew each time.
    static func key(for question: XMLQuestion, options: HandlerOptions) -> CacheKey? {
        switch question.section {
        case .directory: directory(question)
        case .dialplan: dialplan(DialplanQuestion(question), host: options.hostName)
        case .configuration: configuration(question, options)
        case .languages: languages(question)
        default: nil
        }
    }

    /// Who asks, where that is known: whoever tries one name after the other comes from somewhere.
    ///
    /// - Parameters:
    ///   - key: What the answer is kept under.
    ///   - requester: The address of the call that it is for, where the question does not say.
    /// - Returns: Who asks; `nil` for what nobody from outside chooses the names of.
    static func source(of question: XMLQuestion, for key: CacheKey, requester: String?) -> CacheSource? {
        guard question.section == .directory || key.isOfCallers else { return nil }
        if question.section == .directory, let address = question["ip"] {
            return CacheSource(network(of: address), .identity)
        }
        let address = question["variable_sip_network_ip"] ?? question["Caller-Network-Addr"] ?? requester
        return CacheSource(address.map { network(of: $0) }, .call)
    }

    /// An address, or of IPv6 the network that is one site's: whoever has one address of it has all.
    private static func network(of text: String) -> String {
        guard let address = IPAddress(text), address.family == .v6 else { return text }
        return IPPrefix(address, length: 64).map { "\($0.address)" } ?? text
    }

    // MARK: - Sections

    private static func directory(_ question: XMLQuestion) -> CacheKey? {
        guard let domain = question.domain else { return nil }
        switch DirectoryQuestion(question) {
        case .user(let user):
            return CacheKey(
                name: "directory.\(encoded(user))@\(encoded(domain))",
                group: "directory.\(ForgottenKey.normal(user))",
                section: "directory",
                sharedName: "directory:\(user)@\(domain)"
            )
        case .groups:
            // FusionPBX's own script keeps an empty answer under its name for this.
            return CacheKey(
                name: "directory-groups.\(encoded(domain))",
                group: ForgottenKey.callGroups,
                section: "directory"
            )
        default:
            return nil
        }
    }

    private static func dialplan(_ question: DialplanQuestion, host: String) -> CacheKey? {
        let context = question.context
        guard question.isPublic else {
            return CacheKey(
                name: "dialplan.\(encoded(context))@\(encoded(host))",
                group: "dialplan.\(ForgottenKey.normal(context))",
                section: "dialplan",
                sharedName: "dialplan:\(context)"
            )
        }
        // Which of the numbers counts, and whether any does, is in the database.
        let numbers = [question.number(.destination), question.number(.toUser), question.number(.requestUser)]
        guard numbers.allSatisfy({ $0.utf8.count <= numberLimit }) else { return nil }
        let name = ([context] + numbers).map(encoded).joined(separator: ",")
        return CacheKey(
            name: "dialplan.\(name)@\(encoded(host))",
            group: "dialplan.\(ForgottenKey.normal(context))",
            section: "dialplan",
            isOfCallers: true
        )
    }

    private static func configuration(_ question: XMLQuestion, _ options: HandlerOptions) -> CacheKey? {
        let file = question.value
        func key(_ detail: String, shared: String?) -> CacheKey {
            CacheKey(
                name: "configuration.\(file)\(detail)@\(encoded(options.hostName))",
                group: "configuration.\(file)",
                section: "configuration",
                sharedName: shared
            )
        }
        switch file {
        case "acl.conf", "local_stream.conf", "translate.conf": return key("", shared: "configuration:\(file)")
        case "callcenter.conf", "sofia.conf":
            // Another machine's variables are left for it to put in; what is shared has them already.
            guard options.globalVariable != nil else { return key(".raw", shared: nil) }
            return key("", shared: "\(options.hostName):configuration:\(file)")
        case "ivr.conf":
            guard let menu = question["Menu-Name"], UUIDText.isUUID(menu) else { return nil }
            return key(".\(menu)", shared: "configuration:\(file):\(menu)")
        default: return nil
        }
    }

    private static func languages(_ question: XMLQuestion) -> CacheKey? {
        guard let name = question["macro_name"], UUIDText.isUUID(name), let language = question["lang"],
            let domain = question.domain
        else { return nil }
        return CacheKey(
            name: "languages.\(encoded(language)).\(name)@\(encoded(domain))",
            group: "languages.\(ForgottenKey.normal(language))",
            section: "languages",
            sharedName: "languages:\(language):\(name)"
        )
    }

    /// What came from outside, such that it cannot look like more than one part of a name.
    private static func encoded(_ text: String) -> String { PercentEncoding.encode(text) }
}
