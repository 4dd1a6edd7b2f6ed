import Base

/// Which packet times are possible and which one is taken (`a=ptime`, `a=maxptime`).
enum PacketTime {
    /// The longest packet time that is offered or accepted, in milliseconds.
    static let maximumMilliseconds = 120
    /// What codecs that are not in the registry are taken to use.
    private static let unknown = (usual: 20, frame: 10)
    /// Packets of uncompressed audio stay below the usual MTU up to this many samples per second.
    private static let linearSamplesPerSecond = 32_000

    /// Whether a codec can be sent in packets of `milliseconds`: whole frames, whole samples.
    static func isPossible(_ milliseconds: Int, name: String, clockRate: Int) -> Bool {
        let frame = CodecRegistry.codec(named: name)?.frameMilliseconds ?? unknown.frame
        guard (frame...maximumMilliseconds).contains(milliseconds), milliseconds % frame == 0 else { return false }
        return clockRate.multipliedReportingOverflow(by: milliseconds).partialValue % 1000 == 0
    }

    /// What the codec list asks for, or else the codec's usual packet time.
    static func preferred(_ preference: CodecPreference) -> Int {
        if let wish = preference.ptimeMilliseconds,
            isPossible(wish, name: preference.name, clockRate: preference.clockRate)
        {
            return wish
        }
        guard let codec = CodecRegistry.codec(named: preference.name) else { return unknown.usual }
        let samples = preference.sampleRate.multipliedReportingOverflow(by: preference.channels).partialValue
        let isLinear = codec.name == "L16"
        return isLinear && samples > linearSamplesPerSecond ? codec.frameMilliseconds : codec.ptimeMilliseconds
    }

    /// The packet time to send with, given what the other side says on its media line.
    ///
    /// `insists` keeps our own wish (`scrooge`); `a=maxptime` is a limit of the other side's buffers and counts always.
    static func agreed(_ preference: CodecPreference, with remote: MediaDescription, insists: Bool) -> Int {
        var result = preferred(preference)
        if !insists, let wish = remote.ptimeMilliseconds,
            isPossible(wish, name: preference.name, clockRate: preference.clockRate)
        {
            result = wish
        }
        guard let maximum = remote.maximumPtimeMilliseconds, result > maximum else { return result }
        let possible = stride(from: maximum, to: 0, by: -1)
        return possible.first { isPossible($0, name: preference.name, clockRate: preference.clockRate) } ?? result
    }
}
