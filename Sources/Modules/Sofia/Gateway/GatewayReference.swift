/// How operators and dial strings name a gateway: `name`, or `profile::name`.
struct GatewayReference: Sendable, Equatable {
    /// The profile; `nil` where any that has the gateway is meant.
    let profile: String?
    let name: String

    init(profile: String?, name: String) {
        self.profile = profile.flatMap { $0.isEmpty ? nil : $0 }
        self.name = name
    }

    /// Reads a name.
    init(_ text: String) {
        guard let mark = text.firstRange(of: "::") else {
            self.init(profile: nil, name: text)
            return
        }
        self.init(profile: String(text[..<mark.lowerBound]), name: String(text[mark.upperBound...]))
    }
}
