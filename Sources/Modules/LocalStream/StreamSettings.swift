import Base
import MediaEngine
import XMLConfig

/// A `<directory>` of `local_stream.conf`: sounds that are heard one after the other, by all who listen at once.
struct StreamSettings: Hashable, Sendable {
    /// Sounds that break in now and then.
    struct Chimes: Hashable, Sendable {
        /// They take turns (`chime-list`).
        var files: [String] = []
        /// The pause between them in seconds (`chime-freq`).
        var pause = 30
        /// How many seconds of one are heard (`chime-max`); `nil` all.
        var longest: Int?
    }

    /// The rates that a stream may have, in Hz.
    private static let rates = [8000, 12_000, 16_000, 24_000, 32_000, 48_000]
    /// The volumes that a stream may have, in decibels.
    static let volumes = -50...50
    private static let chimeLimit = 100
    private static let longestChimePause = 86_400

    /// The name, such as `moh/8000`: who asks for `moh` at 8000 Hz gets it.
    var name: String
    /// The directory, or a file with the names of sounds, one on each line.
    var location: String
    /// The rate at which it is kept, in Hz.
    var rate = 8000
    /// Only told: what is heard is mono.
    var channels = 1
    /// Only told, in milliseconds: time is the listeners' matter.
    var interval = 20
    /// Only told: likewise.
    var timer = "soft"
    /// Only told: a second is read ahead.
    var readAhead = 65_536
    /// Whether the sounds are in another order each time.
    var isShuffled = false
    /// How much louder its sounds are in decibels, or quieter; at −50 nothing is heard.
    var volume = 0
    /// What breaks in.
    var chimes = Chimes()
    /// Tones in the place of sounds, while there are none (`tune`).
    var tune: String?

    /// A stream with the usual settings.
    init(name: String, location: String) {
        (self.name, self.location) = (name, location)
    }

    /// Reads a `<directory>`.
    ///
    /// - Throws: What is wrong with it, with file and line.
    init(_ node: XMLNode, diagnostics: inout [Diagnostic]) throws(ConfigurationError) {
        guard let name = node.nonEmpty(attribute: "name"), let path = node.nonEmpty(attribute: "path") else {
            throw ConfigurationError(
                [Diagnostic(.error, at: node.location, "a directory needs name=\"…\" and path=\"…\"")]
            )
        }
        self.init(name: name, location: path)
        var reader = ConfigurationReader(ParameterList(of: node))
        let names = Self.rates.map(String.init).joined(separator: ", ")
        rate = reader.number("rate", expecting: "one of \(names)") { Self.rates.contains($0) } ?? rate
        channels = reader.number("channels", expecting: "1 or 2") { (1...2).contains($0) } ?? channels
        interval =
            reader.number("interval", expecting: "milliseconds, a multiple of 10") {
                (10...120).contains($0) && $0.isMultiple(of: 10)
            } ?? interval
        timer = reader.string("timer-name", default: timer)
        readAhead = reader.number("prebuf", expecting: "a number of bytes") { $0 > 0 } ?? readAhead
        isShuffled = reader.boolean("shuffle", default: isShuffled)
        volume = reader.number("volume", expecting: "decibels, -50 to 50") { Self.volumes.contains($0) } ?? volume
        let list = ListSplitter.split(reader.string("chime-list", default: ""), by: ",").filter { !$0.isEmpty }
        chimes.files = Array(list.prefix(Self.chimeLimit))
        let seconds = "seconds, at least 2"
        let isLength: (Int) -> Bool = { (2...Self.longestChimePause).contains($0) }
        chimes.pause = reader.number("chime-freq", expecting: seconds, isLength) ?? chimes.pause
        chimes.longest = reader.number("chime-max", expecting: seconds, isLength)
        tune = reader.value("tune", expecting: "tone_stream:// and TGML") { (text: String) -> String? in
            let scheme = "tone_stream://"
            guard text.hasPrefix(scheme) else { return nil }
            let script = String(text.dropFirst(scheme.count))
            return ToneFeed(script, rate: Self.rates[0]) == nil ? nil : script
        }
        reader.noteUnused(["auto-volume", "auto-volume-low-point"])
        reader.noteUnused(["blank-img", "logo-img", "logo-always", "logo-position", "logo-opacity", "text-opacity"])
        diagnostics += try reader.finish()
    }

    /// How many samples there are in an interval, for `show`.
    var samplesPerInterval: Int { rate * interval / 1000 }
}

extension ConfigurationReader {
    /// A number that a condition holds for; an empty value is none.
    fileprivate mutating func number(_ name: String, expecting expected: String, _ holds: (Int) -> Bool) -> Int? {
        guard string(name)?.isEmpty == false else { return nil }
        return value(name, expecting: expected) { text in Int(text).flatMap { holds($0) ? $0 : nil } }
    }
}
