import Base
import MediaEngine
import SwitchCore
import XMLConfig

/// `local_stream` and its relatives.
struct LocalStreamCommands: Sendable {
    static let names = ["local_stream"] + verbs.map { "\($0)_local_stream" }
    private static let verbs = ["show", "start", "reload", "stop", "hup"]
    private static let syntax = "<show|start|reload|stop|hup> <local_stream_name>"

    private let streams: LocalStreams
    /// The settings of a stream as `local_stream.conf` has them now.
    private let configured: @Sendable (String) async -> StreamSettings?

    init(_ streams: LocalStreams, configured: @escaping @Sendable (String) async -> StreamSettings?) {
        (self.streams, self.configured) = (streams, configured)
    }

    var all: [APICommand] {
        let summary = "streams that all listeners share"
        let one = APICommand("local_stream", syntax: Self.syntax, summary: summary) { _, text in
            let words = ListSplitter.split(text, by: " ")
            let verb = words.first?.lowercased() ?? ""
            return await answer(verb, Array(words.dropFirst())) ?? "-USAGE: \(Self.syntax)\n"
        }
        return [one]
            + Self.verbs.map { verb in
                let syntax = verb == "show" ? "[<local_stream_name> [as xml]]" : "<local_stream_name>"
                return APICommand("\(verb)_local_stream", syntax: syntax, summary: "as local_stream \(verb)") {
                    _,
                    text in
                    await answer(verb, ListSplitter.split(text, by: " ")) ?? "-USAGE: \(syntax)\n"
                }
            }
    }

    /// The answer to a verb and its arguments; `nil` when it is not written as it should be.
    private func answer(_ verb: String, _ words: [String]) async -> String? {
        guard let name = words.first, !name.isEmpty else {
            guard verb == "show" else { return nil }
            return streams.all.map { "\($0.settings.name),\($0.settings.location)\n" }.joined()
        }
        let missing = "-ERR Cannot locate local_stream \(name)!\n"
        switch verb {
        case "show":
            guard let stream = streams[name] else { return missing }
            return words.last?.lowercased() == "xml" ? Self.xml(stream) : Self.text(stream)
        case "start":
            // One that goes on already stays as it is.
            if streams[name] == nil {
                guard let settings = await configured(name), streams.start(settings) else { return missing }
            }
            return "+OK stream: \(name)"
        case "reload":
            guard streams[name] != nil, let settings = await configured(name) else { return missing }
            return streams.start(settings) ? "+OK" : missing
        case "stop": return streams.stop(name) ? "+OK" : missing
        case "hup":
            guard let stream = streams[name] else { return missing }
            stream.skip()
            return "+OK hup stream: \(name)"
        case "vol":
            guard let stream = streams[name] else { return missing }
            return volume(of: stream, name, words.dropFirst().first)
        default: return nil
        }
    }

    /// Tells the volume, once it is set where one is given: a number of decibels, the nearest that there is.
    private func volume(of stream: LocalStream, _ name: String, _ wanted: String?) -> String {
        if let wanted {
            guard !wanted.lowercased().hasPrefix("auto:") else {
                return "-ERR a volume that follows the sound is not in this version\n"
            }
            let volumes = StreamSettings.volumes
            stream.change(volume: min(max(Int(wanted) ?? 0, volumes.lowerBound), volumes.upperBound))
        }
        return "+OK vol stream: \(name) is \(stream.settings.volume)"
    }

    private static func facts(_ stream: LocalStream) -> [(name: String, value: String)] {
        let settings = stream.settings
        return [
            ("location", settings.location), ("channels", String(settings.channels)), ("rate", String(settings.rate)),
            ("interval", String(settings.interval)), ("samples", String(settings.samplesPerInterval)),
            ("prebuf", String(settings.readAhead)), ("timer", settings.timer),
            ("total", String(stream.sound.listenerCount)), ("shuffle", String(settings.isShuffled)),
            ("ready", "true"), ("stopped", "false"),
        ]
    }

    private static func text(_ stream: LocalStream) -> String {
        let width = 10
        let lines = (facts(stream) + [("reloading", "false")]).map { name, value in
            let label = "\(name):"
            return "  \(label)\(String(repeating: " ", count: max(width - label.count, 1)))\(value)\n"
        }
        return "\(stream.settings.name)\n\(lines.joined())"
    }

    private static func xml(_ stream: LocalStream) -> String {
        let lines = facts(stream).map { "  <\($0.name)>\(XMLNode.escaped($0.value))</\($0.name)>\n" }
        let name = XMLNode.escaped(stream.settings.name)
        return "<?xml version=\"1.0\"?>\n<local_stream name=\"\(name)\">\n\(lines.joined())</local_stream>\n"
    }
}
