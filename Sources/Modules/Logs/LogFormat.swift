/// How lines of the log look.
enum LogFormat: Sendable {
    case plain, json

    /// The names in configurations.
    static let names: [String: LogFormat] = ["plain": .plain, "json": .json]
}
