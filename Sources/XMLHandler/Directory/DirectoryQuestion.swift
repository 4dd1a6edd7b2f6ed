/// What is asked of the directory.
enum DirectoryQuestion: Equatable {
    /// The names of all domains: for gateways, or whether one exists.
    case domains
    /// Who may come from which network, for access lists.
    case networks
    /// The members of the call groups.
    case groups
    /// What the switch itself answers when a phone challenges it.
    case reverseAuthentication(user: String)
    /// Whom the directory of names lists.
    case names
    /// One user, by extension or number alias.
    case user(String)
    /// Something that is answered with nothing.
    case nothing

    /// Users that are never looked for.
    private static let refusedUsers = ["*97"]

    init(_ question: XMLQuestion) {
        let user = question["user"].flatMap { Self.refusedUsers.contains($0) ? nil : $0 }
        switch (question["action"], question["purpose"], question.callingFunction) {
        case (_, "gateways", _): self = .domains
        case ("message-count", _, _): self = .nothing
        case ("group_call", _, _): self = .groups
        case ("reverse-auth-lookup", _, _): self = user.map { .reverseAuthentication(user: $0) } ?? .nothing
        case (_, _, "switch_xml_locate_domain"): self = .domains
        case (_, "network-list", _), (_, _, "switch_load_network_lists"): self = .networks
        case (_, _, "populate_database") where question["Event-Calling-File"] == "mod_directory.c": self = .names
        // Our own switch does not say which function asks; it names no user when it asks for a domain.
        case (nil, nil, nil) where question["user"] == nil: self = .domains
        default: self = user.map { .user($0) } ?? .nothing
        }
    }
}
