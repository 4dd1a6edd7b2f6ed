import Base
import NetworkConditions

/// Comparing data centers for a network.
extension Steering {
    /// How much networks differ inside those of a level, as variances: much inside of all, little inside of a street.
    private static let spreads: [PathSpread] = [
        PathSpread(roundTrip: 60, loss: 0.0003), PathSpread(roundTrip: 20, loss: 0.0003),
        PathSpread(roundTrip: 15, loss: 0.0003), PathSpread(roundTrip: 8, loss: 0.0003),
        PathSpread(roundTrip: 5, loss: 0.0003),
    ]

    /// Decides for the last network of a path.
    ///
    /// - Parameters:
    ///   - previous: What was decided for it before.
    ///   - inherited: What was decided for the network around it.
    func weigh(_ nodes: [Int], _ previous: Verdict, inherited: Verdict?, at now: MonotonicInstant) -> Verdict {
        let scores = dataCenters.indices.map { score(nodes, $0, at: now) }
        var verdict = previous
        let current = previous.winner ?? inherited?.winner ?? 0
        // With the same rating, the order of the configuration.
        let ranked = dataCenters.indices.sorted { (scores[$0].rating, -$0) > (scores[$1].rating, -$1) }
        let isDecided = previous.winner != nil
        (verdict.winner, verdict.rule) = (
            current, isDecided ? .noneBetter : inherited?.winner == nil ? .configured : .inherited
        )
        if !isDecided {
            // The first decision of its own waits for nothing; from then on the network stays. With the configured order
            // it has not been anywhere.
            verdict.since = 0
        }
        let challengers = ranked.filter { $0 != current && (isKnown($0) || isKnown(current)) }
        let rules = challengers.map { compare(scores[current], scores[$0], since: verdict.since, at: now) }
        if let place = rules.firstIndex(where: { $0 == .better || $0 == .unusable }) {
            (verdict.winner, verdict.rule) = (challengers[place], rules[place])
            verdict.since = Self.seconds(now)
        } else if let rule = rules.first, rule != .noneBetter {
            verdict.rule = rule
        }
        if !isDecided, inherited?.since ?? 0 > 0 { verdict.since = Self.seconds(now) }
        let winner = verdict.winner ?? current
        verdict.setOrder([winner] + order(ranked).filter { $0 != winner })
        verdict.explored = explored(nodes, scores, winner: winner, at: now)
        return verdict
    }

    private func compare(
        _ current: PathScore,
        _ challenger: PathScore,
        since: UInt32,
        at now: MonotonicInstant
    ) -> Verdict.Rule {
        let difference = challenger.rating - current.rating
        guard difference >= policy.margin else { return .noneBetter }
        if current.loss >= policy.unusableLoss, challenger.loss < policy.unusableLoss { return .unusable }
        let error = (current.error * current.error + challenger.error * challenger.error).squareRoot()
        guard difference >= policy.standardErrors * error else { return .uncertain }
        guard since == 0 || Double(Self.seconds(now) &- since) >= policy.dwell / .seconds(1) else { return .dwelling }
        return .better
    }

    /// Those behind the first one: the better ones first, and as configured where they do not differ.
    private func order(_ ranked: [Int]) -> [Int] {
        let allUnknown = dataCenters.indices.allSatisfy { tree.whole[$0].isEmpty }
        return allUnknown ? Array(dataCenters.indices) : ranked
    }

    /// The one of which too little is known and that might be better, if there is one.
    ///
    /// What was seen of it becomes old sooner than for decisions: a path that was mended has to be found out, and nobody sees
    /// it any more whom decisions have taken away from it.
    private func explored(_ nodes: [Int], _ scores: [PathScore], winner: Int, at now: MonotonicInstant) -> Int? {
        let best = scores[winner]
        var found: (center: Int, hope: Double)?
        for center in dataCenters.indices where center != winner {
            // Of one that seems to be better more has to be known, until that is certain.
            let wanted = policy.wantedEvidence * (scores[center].rating > best.rating ? 5 : 1)
            let evidence = nodes.last.map {
                tree.cells[$0, center].weight(at: Self.seconds(now), policy.explorationHalfLife)
            }
            guard evidence ?? 0 < wanted else { continue }
            let score = score(nodes, center, at: now, policy.explorationHalfLife)
            guard score.rating >= best.rating - policy.explorationGap,
                score.rating + 3 * score.error > best.rating - 3 * best.error
            else { continue }
            let hope = score.rating + score.error
            if hope > found?.hope ?? -.infinity { found = (center, hope) }
        }
        return found?.center
    }

    private func isKnown(_ center: Int) -> Bool {
        !tree.whole[center].isEmpty
    }

    /// What is believed of a data center for the last network of a path.
    func score(
        _ nodes: [Int],
        _ center: Int,
        at now: MonotonicInstant,
        _ halfLife: HalfLife = NetworkCondition.halfLife
    ) -> PathScore {
        let now = Self.seconds(now)
        // What all networks see says something about the loss at the data center itself, and nothing about distances.
        var belief = PathScore.unknown
        var around = tree.whole[center].estimate(at: now, halfLife)
        if around.weight > 0 { belief = belief.refined(by: around, PathSpread(roundTrip: 0, loss: 0)) }
        for (step, node) in nodes.enumerated() {
            let known = tree.cells[node, center].estimate(at: now, halfLife)
            // Networks differ as much as what is observed around them does, so that of a motley neighbourhood little is
            // believed (empirical Bayes).
            let usual = Self.spreads[min(step, Self.spreads.count - 1)]
            belief = belief.refined(
                by: known.pooled(with: around),
                PathSpread(
                    roundTrip: max(usual.roundTrip, around.roundTrip.variance.squareRoot()),
                    loss: usual.loss
                )
            )
            around = known
        }
        if nodes.isEmpty { belief = belief.refined(by: PathEstimate(), Self.spreads[0]) }
        return PathScore(belief, burstRatio: around.burstRatio)
    }
}

/// How much networks differ inside of another one, as standard deviations.
struct PathSpread: Sendable {
    /// In milliseconds.
    let roundTrip: Double
    /// A share.
    let loss: Double
}
