/// Which versions of a file stay, by their ages.
struct VersionSchedule {
    private static let day: Int64 = 86_400_000

    /// Versions up to this age are this far apart, in milliseconds.
    private static let stages: [(age: Int64, distance: Int64)] = [
        (3_600_000, 30_000), (day, 3_600_000), (30 * day, day), (.max, 7 * day),
    ]

    let policy: FolderSettings.Versions

    /// The versions of one file that have no place any more, of all that there are.
    func expired(_ labels: [VersionLabel], at now: Int64) -> [VersionLabel] {
        switch policy {
        // What conflicts left stays until somebody looks.
        case .none: return []
        case .trash(let days): return labels.filter { isTooOld($0, days, now) }
        case .staggered(let days):
            var expired: [VersionLabel] = []
            var last: VersionLabel?
            // The oldest of those that are too close to each other stays: the next one would otherwise go forever.
            for label in labels.sorted() {
                let age = max(0, now - label.milliseconds)
                let distance = Self.stages.first { age <= $0.age }?.distance ?? 0
                let isTooClose = last.map { label.milliseconds - $0.milliseconds < distance } ?? false
                if isTooOld(label, days, now) || isTooClose { expired.append(label) } else { last = label }
            }
            return expired
        }
    }

    private func isTooOld(_ label: VersionLabel, _ days: Int, _ now: Int64) -> Bool {
        days > 0 && now - label.milliseconds > Int64(days) * Self.day
    }
}
