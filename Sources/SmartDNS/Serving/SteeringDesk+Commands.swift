import Base
import DNSMessage
import NetworkConditions
import Synchronization

/// What operators ask and say.
extension SteeringDesk {
    /// What operators may say, over the back end's socket or HTTP; `help` says what that is.
    public func command(_ text: String) -> String {
        let words = text.split(whereSeparator: { $0 == " " || $0 == "\n" || $0 == "\t" }).map(String.init)
        switch (words.first ?? "", words.count) {
        case ("explain", 3): return explain(words[1], words[2])
        case ("status", 1): return status()
        case ("drain", 2), ("undrain", 2): return drain(words[1], words[0] == "drain")
        case ("observe", 4): return observe(words[1], by: words[2], words[3])
        default:
            return "-USAGE: explain NAME NETWORK | status | drain CENTER | undrain CENTER | observe CENTER WHO STATE\n"
        }
    }

    private func explain(_ name: String, _ network: String) -> String {
        guard let name = DomainName(name) else { return "-ERR \(name) is no name\n" }
        guard let asker = IPPrefix(network) else { return "-ERR \(network) is no network\n" }
        let plan = plan
        let (zones, copy) = (plan.zones, plan.state.withLock { $0 })
        guard let zone = zones.index(of: name), let steered = zones.zones[zone].steered[name] else {
            return "-ERR \(name) is no name that depends on who asks\n"
        }
        let network = client(of: asker)
        var text = network == asker ? "" : "\(asker.address) is a resolver: its clients are in \(network)\n"
        text += copy.explanation(of: network, at: .now)
        text += rows(behind: network, copy, at: .now)
        var deciding = copy
        // What most get: none is sent where more should be known.
        let decision = deciding.decide(network, at: .now, chance: 0, explores: false)
        for row in zones.steeredRows(name, steered, .any, chance: 0, decision: decision) {
            text += "  \(row.name) \(row.ttl) \(row.data.type) \(row.data)\n"
        }
        return text
    }

    /// The rows that a decision comes from, of the networks around an asker that are known.
    private func rows(behind network: IPPrefix, _ steering: Steering, at now: MonotonicInstant) -> String {
        guard let parts else { return "" }
        return steering.networks(around: network).map { known in
            steering.dataCenters.map { center in
                parts(known, center).map { Self.text(of: $0.row, $0.node, at: now) }.joined()
            }.joined()
        }.joined()
    }

    private static func text(of row: NetworkCondition, _ node: String, at now: MonotonicInstant) -> String {
        """
          row \(row.network) of \(row.dataCenter)/\(node): \(row.evidence.text(places: 1)) observations \
        of \(row.clients) clients, the newest \(max(0, (now - row.newest).wholeMilliseconds / 1000)) s ago, \
        round trip \(row.roundTrip.mean.text(places: 1)) ms, loss \((row.loss.mean * 100).text(places: 2)) %, \
        jitter \(row.jitter.mean.text(places: 1)) ms

        """
    }

    private func status() -> String {
        let (resolvers, plan) = (learning.withLock { $0.count }, plan)
        return plan.state.withLock { steering in
            var text = "networks \(steering.networkCount), rows refused \(steering.refusedRows)"
            text += ", resolvers \(resolvers), late decisions \(plan.lateDecisions)\n"
            for (index, name) in steering.dataCenters.enumerated() {
                let state = steering.liveness.isUp(index) ? "up" : "down"
                let draining = steering.liveness.isDraining(index) ? ", draining" : ""
                let load = steering.shares.load(index).map { ", load \(($0 * 100).text(places: 0)) %" } ?? ""
                text += "  \(name): \(state)\(draining)\(load), "
                text += "share \(steering.shares.share(index).text(places: 2)), "
                text += "changes \(steering.liveness.changes(index))\n"
            }
            return text
        }
    }

    private func drain(_ name: String, _ isDraining: Bool) -> String {
        change { steering in
            guard let center = steering.dataCenters.firstIndex(of: name) else { return "-ERR no data center \(name)\n" }
            steering.liveness.setDraining(center, isDraining)
            return "+OK\n"
        }
    }

    private func observe(_ name: String, by observer: String, _ word: String) -> String {
        let words: [String: Liveness.Observation] = ["silent": .silent, "unready": .unready, "ready": .ready]
        guard let observation = words[word], observer.utf8.count <= 64 else {
            return "-ERR expected silent, unready or ready\n"
        }
        return observe(name, by: observer, observation) ? "+OK\n" : "-ERR no data center \(name)\n"
    }
}
