/// Values under one name, as they are written.
public struct MetricFamily: Sendable {
    /// The name without what the kind adds to it: `tandem_sessions`.
    public let name: String
    /// How its values move.
    public let kind: Metric.Kind
    /// What it tells, in a sentence.
    public let help: String
    /// The values.
    public var samples: [Metric.Sample]

    /// A family of the switch, whose names begin with `tandem_`.
    public init(_ name: String, _ kind: Metric.Kind, _ help: String, _ samples: [Metric.Sample]) {
        self.init(fullName: "tandem_" + name, kind, help, samples)
    }

    /// A family of one value.
    public init(_ name: String, _ kind: Metric.Kind, _ help: String, _ value: Double?) {
        self.init(name, kind, help, value.map { [Metric.Sample($0)] } ?? [])
    }

    /// A family of one count.
    public init(_ name: String, _ kind: Metric.Kind, _ help: String, count: some BinaryInteger) {
        self.init(name, kind, help, Double(count))
    }

    /// A family with a name that is usual elsewhere too.
    public init(fullName: String, _ kind: Metric.Kind, _ help: String, _ samples: [Metric.Sample]) {
        (name, self.kind, self.help, self.samples) = (fullName, kind, help, samples)
    }

    /// Families of the same name become one: a name may be written once only.
    public static func merge(_ families: [MetricFamily]) -> [MetricFamily] {
        var merged: [MetricFamily] = []
        var places: [String: Int] = [:]
        for family in families {
            if let place = places[family.name] {
                merged[place].samples += family.samples
            } else {
                places[family.name] = merged.count
                merged.append(family)
            }
        }
        return merged
    }
}
