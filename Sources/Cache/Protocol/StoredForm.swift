import Base

/// How something is in the servers under our own names: a line about it, and itself.
///
///     tandem1 document 1700003600 a1b2,c3d4 tandem:g:directory.1005=e5f6
///     <document …
///
/// The generations are those of section and group when it was loaded, and of what else it is forgotten with; it counts
/// as long as they are the same.
public struct StoredForm: Hashable, Sendable {
    /// What it is.
    public enum Kind: String, Sendable {
        /// A value.
        case document
        /// There is nothing.
        case nothing
        /// The value is in parts: their common name and their count follow.
        case parts
    }

    /// How long its first line may be.
    public static let headLimit = 2048
    /// How many generations it may have beside those of section and group.
    public static let tagLimit = 8

    /// What it is.
    public var kind: Kind
    /// Until when it counts, in seconds since 1970.
    public var freshUntil: Int64
    /// The generations of section and group.
    public var generation: String
    /// The generations of its tags, by the keys that they are under.
    public var tags: [String: String] = [:]
    /// What it is itself.
    public var body: [UInt8] = []

    private static let mark = "tandem1"

    /// What is stored.
    public var bytes: [UInt8] {
        let tags = tags.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        return Array("\(Self.mark) \(kind.rawValue) \(freshUntil) \(generation)\(tags)\n".utf8) + body
    }

    /// Something to store.
    public init(
        kind: Kind,
        freshUntil: Int64,
        generation: String,
        tags: [String: String] = [:],
        body: [UInt8] = []
    ) {
        (self.kind, self.freshUntil, self.generation) = (kind, freshUntil, generation)
        (self.tags, self.body) = (tags, body)
    }

    /// What was stored; `nil` for what is not of this form.
    public init?(_ bytes: [UInt8]) {
        guard let end = bytes.prefix(Self.headLimit).firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let words = bytes[..<end].split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
        guard words.count >= 4, words.count <= 4 + Self.tagLimit, words[0] == Self.mark,
            let kind = Kind(rawValue: words[1]), let freshUntil = Int64(words[2])
        else { return nil }
        self.init(kind: kind, freshUntil: freshUntil, generation: words[3])
        for word in words[4...] {
            guard let sign = word.lastIndex(of: "=") else { return nil }
            tags[String(word[..<sign])] = String(word[word.index(after: sign)...])
        }
        body = Array(bytes[(end + 1)...])
    }
}
