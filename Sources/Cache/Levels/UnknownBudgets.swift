import Base

/// How often may be asked for what there is not: by each address, apart for what calls ask for, and by all together.
struct UnknownBudgets: Sendable {
    private var identities: UnknownBudget
    private var calls: UnknownBudget
    private var all: UnknownBudget

    init(_ settings: CacheSettings) {
        identities = UnknownBudget(
            burst: settings.unknownBurst,
            perSecond: settings.unknownPerSecond,
            sources: settings.sources
        )
        calls = UnknownBudget(
            burst: settings.unknownCalledBurst,
            perSecond: settings.unknownCalledPerSecond,
            sources: settings.sources
        )
        all = UnknownBudget(burst: settings.unknownTotalBurst, perSecond: settings.unknownTotalPerSecond, sources: 2)
    }

    /// Whether a source may try.
    func admits(_ source: CacheSource, at now: MonotonicInstant) -> Bool {
        guard all.admits(Self.everybody, at: now) else { return false }
        guard let address = source.address else { return true }
        switch source.kind {
        case .identity: return identities.admits(address, at: now)
        case .call: return calls.admits(address, at: now)
        }
    }

    /// A try of a source's has found nothing.
    mutating func charge(_ source: CacheSource, at now: MonotonicInstant) {
        all.charge(Self.everybody, at: now)
        guard let address = source.address else { return }
        switch source.kind {
        case .identity: identities.charge(address, at: now)
        case .call: calls.charge(address, at: now)
        }
    }

    private static let everybody = ""
}
