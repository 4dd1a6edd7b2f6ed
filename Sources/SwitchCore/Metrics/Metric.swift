/// Something that is counted or measured: for `status.json`, and for those who watch over the switch.
///
/// It is read when somebody asks, so that it costs a call nothing.
public struct Metric: Sendable {
    /// How the values of a metric move.
    public enum Kind: String, Sendable {
        /// Up and down.
        case gauge
        /// Up only, from the start of the program on.
        case counter
    }

    /// One value of a metric.
    public struct Sample: Sendable {
        /// What tells the value from the metric's others: `profile`, `internal`.
        public let labels: [(name: String, value: String)]
        /// The value, in a base unit: seconds, bytes.
        public let value: Double

        /// A value.
        public init(_ value: Double, _ labels: [(name: String, value: String)] = []) {
            (self.value, self.labels) = (value, labels)
        }
    }

    /// The name without a prefix and without what the kind adds to it: `registrations`, `events_dropped`.
    public let name: String
    /// How its values move.
    public let kind: Kind
    /// What it tells, in a sentence.
    public let help: String
    /// Reads the values.
    public let read: @Sendable () async -> [Sample]

    /// A metric.
    public init(_ name: String, _ kind: Kind, _ help: String, read: @escaping @Sendable () async -> [Sample]) {
        (self.name, self.kind, self.help, self.read) = (name, kind, help, read)
    }

    /// A metric of one number.
    public init(
        _ name: String,
        _ kind: Kind,
        _ help: String,
        labels: [(name: String, value: String)] = [],
        count: @escaping @Sendable () async -> Int
    ) {
        self.init(name, kind, help) { [Sample(Double(await count()), labels)] }
    }

    /// The sum of all values, as a whole number.
    public func total() async -> Int {
        Int(exactly: await read().reduce(0) { $0 + $1.value }.rounded()) ?? .max
    }
}
