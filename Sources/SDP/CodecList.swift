import Base

/// Codecs in order of preference, as `codec-prefs`, `codec_string` and `absolute_codec_string` name them.
///
/// The text is `NAME[@<rate>h][@<ptime>i][@<bitrate>b][@<channels>c][~<fmtp>]`, separated by commas; an entry in
/// single quotes may contain commas. A module prefix (`mod_opus.opus`) is skipped.
public struct CodecList: Hashable, Sendable {
    /// The codecs that can be used, the most preferred first.
    public var preferences: [CodecPreference]
    /// The entries that were left out because the codec is unknown, or not supported as asked for.
    public var skipped: [String]

    /// The number of entries that are read; later ones are left out.
    public static let maximumCount = 50

    /// Which codecs a list may contain.
    public enum Scope: Hashable, Sendable {
        /// Only codecs that the switch decodes and encodes.
        case transcoded
        /// Also codecs that can only be relayed.
        case passThrough
    }

    /// A list of these codecs.
    public init(_ preferences: [CodecPreference]) {
        self.preferences = preferences
        skipped = []
    }

    /// The same order without those that are not wanted.
    func filter(_ isWanted: (CodecPreference) -> Bool) -> CodecList {
        CodecList(preferences.filter(isWanted))
    }
}
