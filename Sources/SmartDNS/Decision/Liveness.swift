public import Base
import NetworkConditions

/// Which data centers are alive: what several sites agree on, down within a second, up only when ready and not too often.
///
/// A site is a data center with all observers in it, or a name server: a site whose own link is broken has one voice,
/// however many switches it has.
public struct Liveness: Sendable {
    /// What somebody saw of a data center.
    public enum Observation: Hashable, Sendable {
        /// It did not answer.
        case silent
        /// It answers, and cannot take calls yet: its database, its files are not ready.
        case unready
        /// It can take calls.
        case ready
    }

    /// How it is judged.
    public struct Settings: Hashable, Sendable {
        /// How many silences in a row make an observer believe that a data center is down.
        public var misses = 3
        /// How many sites have to believe it; `nil` for more than half of those that were heard of lately.
        ///
        /// Where fewer than that are heard of, nothing changes.
        public var agreement: Int?
        /// For how long a site counts as one that there is: while fewer than half of those are heard of, nothing changes.
        public var memory = Duration.seconds(120)
        /// How many good observations in a row an observer wants before it believes that a data center is up.
        public var successes = 5
        /// For how long an observer that says nothing is still believed.
        public var observerTimeout = Duration.seconds(3)
        /// How long a data center has to be good before it gets calls; twice as long after each further failure.
        public var holdDown = Duration.seconds(10)
        /// The longest that it has to be good.
        public var longestHoldDown = Duration.seconds(600)
        /// After how long failures count half.
        public var forgiveness = Duration.seconds(600)
        /// After how long without any observer all data centers are taken to be alive: it is us who are cut off.
        public var blindness = Duration.seconds(60)

        /// The defaults.
        public init() {}
    }

    private struct Opinion: Sendable {
        let site: String
        var misses = 0
        var successes = 0
        var isDown = false
        var isReady = true
        var heard: MonotonicInstant

        /// Who cannot reach it and who hears that it is not ready agree that it takes no calls.
        var isBad: Bool { isDown || !isReady }
        /// Whether it answers as it should now.
        var isGood: Bool { !isBad && misses == 0 && successes > 0 }
    }

    /// What the observers of a site say together.
    private struct Site: Sendable {
        var observers = 0
        var bad = 0

        /// More than half of them say so.
        var isBad: Bool { 2 * bad > observers }
    }

    private struct Center: Sendable {
        var opinions: [String: Opinion] = [:]
        var isUp = true
        var isDraining = false
        /// Whether it was seen to be ready: what was not there when it was first asked for has not failed.
        var wasReady = false
        /// Since when everybody says that it is good.
        var goodSince: MonotonicInstant?
        var failures = 0.0
        var failed: MonotonicInstant?
        var changes = 0
        var lastHeard: MonotonicInstant?
    }

    /// How many observers are listened to: switches of other data centers, and name servers.
    public static let maximumObservers = 64

    /// How it is judged.
    public var settings = Settings()
    private var centers: [Center]

    /// All are alive.
    public init(count: Int) {
        centers = Array(repeating: Center(), count: count)
    }

    /// Whether a data center is up.
    public func isUp(_ center: Int) -> Bool { centers.indices.contains(center) && centers[center].isUp }
    /// Whether new calls may go there.
    public func isUsable(_ center: Int) -> Bool { isUp(center) && !centers[center].isDraining }
    /// Whether it is being emptied.
    public func isDraining(_ center: Int) -> Bool { centers.indices.contains(center) && centers[center].isDraining }
    /// How often it went up or down.
    public func changes(_ center: Int) -> Int { centers.indices.contains(center) ? centers[center].changes : 0 }

    /// Sends no new calls to a data center, or does so again; it is no failure.
    public mutating func setDraining(_ center: Int, _ isDraining: Bool) {
        if centers.indices.contains(center) { centers[center].isDraining = isDraining }
    }

    /// The same for other data centers.
    ///
    /// - Parameter origins: For each of them, which one of the present ones it is; `nil` for a new one, which is alive.
    func mapped(_ origins: [Int?]) -> Liveness {
        var mapped = self
        mapped.centers = origins.map { origin in
            origin.flatMap { centers.indices.contains($0) ? centers[$0] : nil } ?? Center()
        }
        return mapped
    }

    /// Takes what was known before a restart, as long as it took.
    ///
    /// What is older than the time in which silence is believed says nothing; an order to empty a data center holds until
    /// another one.
    mutating func restore(_ center: Int, isUp: Bool, isDraining: Bool, age: Duration, at now: MonotonicInstant) {
        guard centers.indices.contains(center) else { return }
        centers[center].isDraining = isDraining
        guard age <= settings.blindness else { return }
        (centers[center].isUp, centers[center].wasReady) = (isUp, isUp)
        centers[center].lastHeard = now
    }

    /// Takes in what an observer saw.
    ///
    /// - Parameter misses: How often in a row it was silent, as far as the observer knows: not every time need be told.
    public mutating func observe(
        _ center: Int,
        by observer: String,
        _ observation: Observation,
        misses: Int = 1,
        at now: MonotonicInstant
    ) {
        guard centers.indices.contains(center) else { return }
        var known = centers[center].opinions[observer]
        if known == nil {
            if centers[center].opinions.count >= Self.maximumObservers { forgetObservers(of: center, at: now) }
            guard centers[center].opinions.count < Self.maximumObservers else { return }
            known = Opinion(site: Self.site(of: observer), heard: now)
        }
        guard var opinion = known else { return }
        opinion.heard = now
        switch observation {
        case .silent:
            (opinion.misses, opinion.successes) = (max(opinion.misses + 1, min(misses, settings.misses)), 0)
            if opinion.misses >= settings.misses { opinion.isDown = true }
        case .unready, .ready:
            (opinion.misses, opinion.successes) = (0, opinion.successes + 1)
            opinion.isReady = observation == .ready
            if opinion.successes >= settings.successes { opinion.isDown = false }
        }
        centers[center].opinions[observer] = opinion
        centers[center].lastHeard = now
        judge(center, at: now)
    }

    /// Where an observer is: `site/name`, but every name server is a site of its own.
    private static func site(of observer: String) -> String {
        let parts = observer.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count < 2 || parts[0] == SiteName.nameServers ? observer : String(parts[0])
    }

    /// The observer that is not believed any more for longest makes room for a new one: names may change with each of
    /// their starts.
    private mutating func forgetObservers(of center: Int, at now: MonotonicInstant) {
        let oldest = centers[center].opinions.min { $0.value.heard < $1.value.heard }
        guard let oldest, now - oldest.value.heard > settings.observerTimeout else { return }
        centers[center].opinions[oldest.key] = nil
    }

    /// Takes in that time has passed.
    public mutating func tick(at now: MonotonicInstant) {
        for center in centers.indices { judge(center, at: now) }
    }

    private mutating func judge(_ index: Int, at now: MonotonicInstant) {
        var center = centers[index]
        let fresh = center.opinions.values.filter { now - $0.heard <= settings.observerTimeout }
        guard !fresh.isEmpty else {
            // Nobody says anything: what was believed last, until it cannot be told from our own isolation.
            if let heard = center.lastHeard, now - heard > settings.blindness, !center.isUp {
                center.isUp = true
                center.changes += 1
            }
            // What nobody saw was not good.
            center.goodSince = nil
            centers[index] = center
            return
        }
        var sites: [String: Site] = [:]
        for opinion in fresh {
            sites[opinion.site, default: Site()].observers += 1
            if opinion.isBad { sites[opinion.site]?.bad += 1 }
        }
        let known = Set(center.opinions.values.filter { now - $0.heard <= settings.memory }.map(\.site))
        let needed = max(settings.agreement ?? sites.count / 2 + 1, 1)
        // Fewer than have to agree are no reason for anything: they may be cut off themselves.
        guard sites.count >= needed, 2 * sites.count >= known.count else {
            center.goodSince = nil
            centers[index] = center
            return
        }
        // One site alone may be mistaken, or may not be allowed to ask.
        let isBad = sites.values.count { $0.isBad } >= needed
        if !isBad, fresh.contains(where: \.isGood) { center.wasReady = true }
        if isBad {
            center.goodSince = nil
        } else if center.goodSince == nil {
            center.goodSince = now
        }
        if center.isUp, isBad {
            center.isUp = false
            center.changes += 1
            if center.wasReady { (center.failures, center.failed) = (faults(center, at: now) + 1, now) }
        } else if !center.isUp, let since = center.goodSince, now - since >= holdDown(center, at: now) {
            center.isUp = true
            center.changes += 1
        }
        centers[index] = center
    }

    /// Failures that are not forgiven yet.
    private func faults(_ center: Center, at now: MonotonicInstant) -> Double {
        guard let failed = center.failed else { return 0 }
        var (faults, elapsed) = (center.failures, now - failed)
        while elapsed >= settings.forgiveness, faults > 0.01 {
            faults /= 2
            elapsed -= settings.forgiveness
        }
        return faults
    }

    private func holdDown(_ center: Center, at now: MonotonicInstant) -> Duration {
        let doublings = max(0, min(Int(faults(center, at: now).rounded()) - 1, 16))
        return min(settings.holdDown * (1 << doublings), settings.longestHoldDown)
    }
}
