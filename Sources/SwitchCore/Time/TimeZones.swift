import Synchronization

/// The zones of the machine's database that calls have asked for, read once.
public final class TimeZones: Sendable {
    /// How many names are remembered, those included that name no zone.
    private static let limit = 1024

    private let zones = Mutex<[String: TimeZoneFile?]>([:])

    init() {}

    /// How far a zone is from UTC at a moment in seconds since 1970; `nil` when there is no such zone.
    ///
    /// It is named as in the database (`Europe/Berlin`), or by how many whole hours it is ahead.
    public func offset(of name: String, at seconds: Int64) -> ZoneOffset? {
        if let hours = Int(name) { return ZoneOffset(hours: hours) }
        let zone = zones.withLock { zones -> TimeZoneFile? in
            if let known = zones[name] { return known }
            let zone = TimeZoneFile(named: name)
            if zones.count < Self.limit { zones[name] = .some(zone) }
            return zone
        }
        return zone?.offset(at: seconds)
    }
}
