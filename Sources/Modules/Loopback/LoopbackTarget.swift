import SwitchCore

/// What follows `loopback/` in a dial string: an extension, perhaps with its context and dialplan, or an application.
struct LoopbackTarget {
    /// The profile of both channels, with the extension, context and dialplan that the second is routed to.
    var profile: CallerProfile
    /// The application that the second channel runs in the place of being routed.
    var application: DialplanAction?

    init(_ destination: String, _ caller: CallerProfile) {
        profile = caller
        profile.source = "mod_loopback"
        guard destination.lowercased().hasPrefix("app=") else {
            let parts = destination.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            profile.context = parts.count > 1 && !parts[1].isEmpty ? parts[1] : profile.context
            profile.setDestination(parts[0], dialplan: parts.count > 2 && !parts[2].isEmpty ? parts[2] : "XML")
            return
        }
        let text = destination.dropFirst("app=".count)
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        profile.destinationNumber = parts[0]
        application = DialplanAction(application: parts[0], data: parts.count > 1 ? parts[1] : "")
    }

    /// The applications that the second channel begins with; `nil` when the dialplan says.
    var route: DialplanRoute? {
        application.map { DialplanRoute(extensionName: $0.application, actions: [$0]) }
    }
}
