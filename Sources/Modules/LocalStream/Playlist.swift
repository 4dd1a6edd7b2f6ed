import Glibc

/// The sounds of a stream, round after round: those of a directory, or those that a file names.
///
/// It is looked for new ones at the beginning of each round. All of this waits for the disk.
struct Playlist {
    /// How many sounds count.
    static let limit = 10_000
    /// How long a file of names may be, in bytes.
    private static let listLimit = 1 << 20

    private let location: String
    private let isShuffled: Bool
    private var rest: [String] = []
    private var last: String?

    init(_ location: String, isShuffled: Bool) {
        (self.location, self.isShuffled) = (location, isShuffled)
    }

    /// The next sound; `nil` when there is none at all.
    mutating func next() -> String? {
        if rest.isEmpty { begin() }
        last = rest.popLast() ?? last
        return last
    }

    private mutating func begin() {
        var names = Self.names(in: location)
        if isShuffled {
            names.shuffle()
            // The sound that ended the last round does not begin the next.
            if names.count > 1, names[0] == last { names.swapAt(0, names.count - 1) }
        }
        rest = names.reversed()
        if rest.isEmpty { last = nil }
    }

    /// What there is to be heard, in order.
    private static func names(in location: String) -> [String] {
        guard let stream = opendir(location) else { return lines(of: location) }
        defer { closedir(stream) }
        var files: [String] = []
        while files.count < limit, let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix("."), isFile("\(location)/\(name)") { files.append("\(location)/\(name)") }
        }
        let sounds = files.sorted().flatMap { $0.lowercased().hasSuffix(".loc") ? lines(of: $0) : [$0] }
        return Array(sounds.prefix(limit))
    }

    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// The names in a file, one on each line; relative ones are beside it.
    private static func lines(of path: String) -> [String] {
        guard isFile(path), let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: listLimit)
        let count = fread(&bytes, 1, bytes.count, file)
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        return bytes.prefix(count).split(whereSeparator: { $0 == 10 || $0 == 13 }).prefix(limit).map { line in
            let name = String(decoding: line, as: UTF8.self)
            return name.hasPrefix("/") || name.contains("://") ? name : folder + name
        }
    }
}
