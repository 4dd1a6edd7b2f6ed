import SwitchCore

/// What a module tells of the records that it has to write.
struct RecordMetrics {
    private let module: String
    private let softswitch: Switch

    init(module: String, _ softswitch: Switch) {
        (self.module, self.softswitch) = (module, softswitch)
    }

    /// Registers a number; `status.json` has it under the module's name.
    func register(_ what: String, count: @escaping @Sendable () async -> Int) {
        guard let (kind, help) = Self.table[what] else { return }
        softswitch.metrics.register(
            Metric("cdr_\(what)", kind, help, labels: [("module", module)], count: count),
            as: "\(module.dropFirst(4))_\(what)"
        )
    }

    private static let table: [String: (kind: Metric.Kind, help: String)] = [
        "queued": (.gauge, "Call detail records that wait to be written."),
        "dropped": (.counter, "Call detail records that could not be written."),
        "unsent": (.gauge, "Call detail records that wait to be sent."),
        "lost": (.counter, "Call detail records that were given up on their way to the collector."),
    ]
}
