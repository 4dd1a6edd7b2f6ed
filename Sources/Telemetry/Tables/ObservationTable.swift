import Database

/// What somebody sees of a data center.
package struct CenterObservation: Hashable, Sendable {
    /// What it answers.
    package enum State: String, Sendable {
        /// Nothing.
        case silent
        /// That it cannot take calls yet.
        case unready
        /// That it takes calls.
        case ready
    }

    /// The data center's name.
    package var center: String
    /// Who sees it.
    package var observer: String
    /// What it answered last.
    package var state: State
    /// How often it did not answer, the last time included; 0 when it did.
    package var misses: Int
    /// The number of the observation: whoever reads it twice knows that.
    package var serial: Int64

    /// An observation.
    package init(center: String, observer: String, state: State, misses: Int, serial: Int64) {
        (self.center, self.observer, self.state) = (center, observer, state)
        (self.misses, self.serial) = (misses, serial)
    }
}

/// The table `data_center_observations`: what each observer sees of each data center at the moment.
enum ObservationTable {
    static let table = SharedTable(
        name: "data_center_observations",
        columns: [
            ("data_center", .name), ("observer", .name), ("state", .number), ("misses", .number), ("serial", .number),
        ],
        times: [],
        isIndexed: false
    )

    private static let states: [CenterObservation.State] = [.silent, .unready, .ready]

    static func insertion(_ observation: CenterObservation, _ dialect: SQLDialect) -> Statement {
        table.insertion(
            [
                .text(observation.center), .text(observation.observer),
                .integer(Int64(states.firstIndex(of: observation.state) ?? 0)), .integer(Int64(observation.misses)),
                .integer(observation.serial),
            ],
            dialect
        )
    }

    static func read(_ row: DatabaseRow) -> CenterObservation? {
        guard let center = row["data_center"]?.text, let observer = row["observer"]?.text,
            let state = row["state"]?.integer, states.indices.contains(Int(clamping: state)),
            let misses = row["misses"]?.integer, let serial = row["serial"]?.integer
        else { return nil }
        return CenterObservation(
            center: center,
            observer: observer,
            state: states[Int(clamping: state)],
            misses: Int(clamping: max(misses, 0)),
            serial: serial
        )
    }
}
