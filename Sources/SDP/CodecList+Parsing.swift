import Base

extension CodecList {
    /// Reads a list; see the type for its syntax.
    ///
    /// Entries that cannot be used are in ``skipped``.
    public init(parsing text: String, scope: Scope = .transcoded) {
        self.init([])
        for entry in Self.split(text) {
            guard preferences.count < Self.maximumCount, let preference = Self.preference(entry),
                scope == .passThrough || preference.support == .transcoded
            else {
                skipped.append(entry)
                continue
            }
            if !preferences.contains(preference) { preferences.append(preference) }
        }
    }

    /// The codecs of a description's first usable audio line, as `inherit_codec` and offering the A leg's codecs need.
    ///
    /// Payload types are kept, so that a call can be relayed without renumbering.
    public init(of description: SessionDescription, scope: Scope = .transcoded) {
        if let audio = description.media.first(where: { $0.isPlainAudio && $0.port != 0 }) {
            self.init(audio.payloadFormats, of: audio, scope: scope)
        } else {
            self.init([])
        }
    }

    /// The codecs of an audio line that was read already.
    init(of audio: RemoteAudio, scope: Scope) {
        self.init(audio.formats, of: audio.line, scope: scope)
    }

    private init(_ formats: [PayloadFormat], of audio: MediaDescription, scope: Scope) {
        self.init([])
        for format in formats where format.isCodec {
            let preference = CodecPreference(format, ptimeMilliseconds: audio.ptimeMilliseconds)
            guard preferences.count < Self.maximumCount, scope == .passThrough || preference.support == .transcoded
            else {
                skipped.append(format.name)
                continue
            }
            preferences.append(preference)
        }
    }

    /// Splits at commas outside of single quotes, and takes blanks and quotes away.
    private static func split(_ text: String) -> [String] {
        var entries: [String] = []
        var entry: [UInt8] = []
        var isQuoted = false
        func finished(_ bytes: [UInt8]) -> String {
            var bytes = bytes[...]
            while let first = bytes.first, first.isBlank { bytes.removeFirst() }
            while let last = bytes.last, last.isBlank { bytes.removeLast() }
            return String(decoding: bytes, as: UTF8.self)
        }
        for byte in text.utf8 {
            if byte == UInt8(ascii: "'") {
                isQuoted.toggle()
            } else if byte == UInt8(ascii: ","), !isQuoted {
                entries.append(finished(entry))
                entry.removeAll(keepingCapacity: true)
            } else {
                entry.append(byte)
            }
        }
        entries.append(finished(entry))
        return entries.filter { !$0.isEmpty }
    }

    private static func preference(_ entry: String) -> CodecPreference? {
        // A line break would end the line of the description that the entry gets into.
        guard entry.utf8.allSatisfy({ $0 >= 0x20 }) else { return nil }
        let halves = entry.split(separator: "~", maxSplits: 1, omittingEmptySubsequences: false)
        let parts = halves[0].split(separator: "@", omittingEmptySubsequences: false)
        // `mod_opus.opus` names a module; the registry knows a codec once, whoever provides it.
        let name = parts[0].split(separator: ".").last.map(String.init) ?? ""
        guard let codec = CodecRegistry.codec(named: name), let defaultRate = codec.clockRates.first else { return nil }
        var preference = CodecPreference(
            name: codec.name,
            clockRate: defaultRate,
            channels: codec.channels,
            formatParameters: halves.count > 1 && !halves[1].isEmpty ? String(halves[1]) : nil
        )
        var sampleRate: Int?
        for part in parts.dropFirst() {
            guard let unit = part.utf8.last, let value = Int(part.dropLast()), value > 0 else { return nil }
            switch unit.lowercasedASCII {
            case UInt8(ascii: "h"), UInt8(ascii: "k"): sampleRate = value
            case UInt8(ascii: "i"): preference.ptimeMilliseconds = value
            case UInt8(ascii: "b"): preference.bitrate = value
            case UInt8(ascii: "c"): preference.channels = value
            default: return nil
            }
        }
        return resolve(preference, codec, sampleRate: sampleRate, namesChannels: parts.contains { $0.hasSuffix("c") })
    }

    /// Checks rate, packet time and channels against what the codec can do.
    private static func resolve(
        _ wish: CodecPreference,
        _ codec: CodecDescriptor,
        sampleRate: Int?,
        namesChannels: Bool
    ) -> CodecPreference? {
        var preference = wish
        if let sampleRate {
            // G722 is known as 16000h although its RTP clock says 8000.
            let clockRate = codec.samplesPerTick > 1 ? sampleRate / codec.samplesPerTick : sampleRate
            guard codec.clockRates.contains(clockRate) || codec.clockRates.contains(sampleRate) else { return nil }
            preference.clockRate = codec.clockRates.contains(clockRate) ? clockRate : sampleRate
        }
        preference.sampleRate = preference.clockRate * codec.samplesPerTick
        if let ptime = preference.ptimeMilliseconds {
            guard PacketTime.isPossible(ptime, name: codec.name, clockRate: preference.clockRate) else { return nil }
        }
        guard (1...2).contains(preference.channels) else { return nil }
        // `a=rtpmap` of opus always says two channels; how many are coded is not part of the format (RFC 7587 §7).
        if codec.channels == 2, namesChannels { preference.channels = 2 }
        preference.support = codec.support(clockRate: preference.clockRate, channels: preference.channels)
        return preference
    }
}
