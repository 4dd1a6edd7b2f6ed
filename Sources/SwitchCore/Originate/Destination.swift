import Base

/// One destination to ring with its variables.
struct Destination: Sendable {
    /// The endpoint's name.
    var endpoint: String
    /// What follows the slash.
    var destination: String
    /// The variables of the leg, all scopes merged.
    var variables: [DialVariable]

    /// How long to wait before ringing it (`leg_delay_start`).
    var delay: Duration { Duration(seconds: variables[name: "leg_delay_start"]) ?? .zero }

    /// The alternatives of a group of a dial string.
    static func alternatives(
        of group: DialString.Group,
        in dial: DialString,
        inheriting inherited: [DialVariable]
    ) -> [[Destination]] {
        group.alternatives.map { legs in
            legs.map { leg in
                Destination(
                    endpoint: leg.endpoint,
                    destination: leg.destination,
                    variables: dial.variables(of: leg, in: group, inheriting: inherited)
                )
            }
        }
    }
}
