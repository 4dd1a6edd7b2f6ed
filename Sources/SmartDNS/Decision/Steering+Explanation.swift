public import Base
import NetworkConditions

/// Why an asker gets what it gets, for people.
extension Steering {
    /// Explains a decision; nothing changes by that.
    public func explanation(of network: IPPrefix, at now: MonotonicInstant) -> String {
        let deepest = tree.deepest(network)
        let (chain, scope) = (chain(of: network, at: now), scope(of: network, deepest))
        var lines = ["asker \(network)"]
        for node in chain {
            let key = tree.nodes[node].key
            let weights = dataCenters.indices.map {
                let weight = tree.cells[node, $0].weight(at: Self.seconds(now), NetworkCondition.halfLife)
                return "\(dataCenters[$0]) \(weight.text(places: 1))"
            }
            lines.append("  network \(key.address)/\(key.length): evidence \(weights.joined(separator: ", "))")
        }
        var copy = self
        copy.policy.explorationShare = 0
        let decision = copy.decide(network, at: now, chance: 0)
        let node = chain.last.map { copy.tree.nodes[$0] }
        let verdict = (chain.last.map { copy.tree[decisionOf: $0] } ?? copy.tree.wholeVerdict).verdict
        let decided =
            node.map { "\($0.key.address)/\($0.key.length)" } ?? "all networks: too little is known of this one"
        lines.append("decided by \(decided); good for /\(scope)")
        for index in dataCenters.indices { lines.append(line(index, score(chain, index, at: now))) }
        lines.append("rule: \(Self.text(of: verdict.rule))")
        if decision.isLastResort { lines.append("no data center is up: all of them are named") }
        if let explored = verdict.explored, policy.explorationShare > 0 {
            lines.append("of 100 phones, \(policy.explorationShare) try \(dataCenters[explored])")
        }
        lines.append("answer: " + decision.order.map { dataCenters[$0] }.joined(separator: ", "))
        return lines.joined(separator: "\n") + "\n"
    }

    /// The networks around an asker of which something is known, the narrowest first.
    func networks(around network: IPPrefix) -> [IPPrefix] {
        var (networks, next) = ([IPPrefix](), tree.deepest(network))
        while let index = next {
            let node = tree.nodes[index]
            if let known = IPPrefix(node.key.address, length: node.key.length) { networks.append(known) }
            next = node.parent
        }
        return networks
    }

    private func line(_ index: Int, _ score: PathScore) -> String {
        var state = liveness.isUp(index) ? "up" : "down"
        if liveness.isDraining(index) { state += ", draining" }
        if shares.share(index) < 1 { state += ", share \(shares.share(index).text(places: 2))" }
        return """
              \(dataCenters[index]): opinion \(score.opinion.text(places: 2)), rating \(score.rating.text(places: 2)) ± \
            \(score.error.text(places: 2)), round trip \(score.roundTrip.text(places: 1)) ms, \
            loss \((score.loss * 100).text(places: 2)) % (burst ratio \(score.burstRatio.text(places: 1))), jitter \(score.jitter.text(places: 1)) ms, \(state)
            """
    }

    private static func text(of rule: Verdict.Rule) -> String {
        switch rule {
        case .configured: "nothing is known, so it is the configured order"
        case .inherited: "it has the data center of the network around it"
        case .noneBetter: "it keeps its data center: none is better by the margin"
        case .uncertain: "it keeps its data center: another one is better, but that is not certain yet"
        case .dwelling: "it keeps its data center: another one is better, but the last change was not long ago"
        case .better: "another data center is better by the margin, and that is certain"
        case .unusable: "its data center loses too much"
        }
    }
}
