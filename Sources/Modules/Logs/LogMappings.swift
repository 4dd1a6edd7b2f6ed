import Base
import Logging
import SwitchCore
import XMLConfig

/// Which lines go to an output: the levels that `<map name="all|file|function" value="debug,info,…"/>` name.
struct LogMappings: Sendable {
    private var all: Set<LogLevel>
    private var places: [String: Set<LogLevel>] = [:]

    /// Everything.
    static let everything = LogMappings(all: Set(LogLevel.allCases))

    private init(all: Set<LogLevel>) {
        self.all = all
    }

    /// Reads `<mappings>`; without any, everything goes there.
    init(of configuration: XMLNode, diagnostics: inout [Diagnostic]) {
        let maps = configuration.first("mappings").map { Array($0.children(named: "map")) } ?? []
        self.init(all: maps.isEmpty ? Set(LogLevel.allCases) : [])
        for map in maps {
            guard let name = map[attribute: "name"] else { continue }
            let levels = Self.levels(map[attribute: "value"] ?? "", at: map.location, &diagnostics)
            if name == "all" { all = levels } else { places[name] = levels }
        }
    }

    /// The least important level that can go there.
    var level: Logger.Level? {
        places.values.reduce(all) { $0.union($1) }.compactMap(\.logLevel).min()
    }

    /// Whether a line goes there.
    func include(_ record: LogRecord) -> Bool {
        let level = LogLevel(record.level)
        if all.contains(level) { return true }
        guard !places.isEmpty else { return false }
        let file = record.file.split(separator: "/").last.map(String.init) ?? record.file
        return [record.file, file, record.function].contains { places[$0]?.contains(level) == true }
    }

    private static func levels(
        _ list: String,
        at location: SourceLocation,
        _ diagnostics: inout [Diagnostic]
    ) -> Set<LogLevel> {
        var levels: Set<LogLevel> = []
        for word in list.split(whereSeparator: { $0 == "," || $0 == " " }) {
            if word == "all" {
                levels.formUnion(LogLevel.allCases)
            } else if let level = LogLevel(word) {
                levels.insert(level)
            } else {
                diagnostics.append(Diagnostic(.warning, at: location, "\"\(word)\" is no log level"))
            }
        }
        return levels
    }
}
