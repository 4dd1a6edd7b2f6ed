/// Where a sound of a dialplan is found.
///
/// A pseudo-file (`tone_stream://…`) and an absolute path stand for themselves. A relative path is looked for below
/// the language's prefix, first in the directory of the wanted rate, as sound packs are laid out:
/// `ivr/ivr-welcome.wav` is `<prefix>/ivr/8000/ivr-welcome.wav`.
public enum SoundPath {
    /// What may be opened for a name, in the order in which it is tried.
    ///
    /// - Parameters:
    ///   - prefix: The directory of the language and voice (`sound_prefix`).
    ///   - rate: The rate that the channel wants, in Hz.
    public static func candidates(for name: String, prefix: String, rate: Int) -> [String] {
        if name.contains("://") { return [name] }
        let path = name.hasPrefix("/") ? name : prefix + "/" + name
        guard let slash = path.lastIndex(of: "/") else { return [path] }
        let (folder, file) = (path[..<slash], path[path.index(after: slash)...])
        // A name without an extension is the uncompressed recording of that name.
        let full = file.contains(".") ? String(file) : file + ".wav"
        var rates = [rate]
        for other in [8000, 16000, 32000, 48000] where other != rate { rates.append(other) }
        return ["\(folder)/\(full)"] + rates.map { "\(folder)/\($0)/\(full)" }
    }
}
