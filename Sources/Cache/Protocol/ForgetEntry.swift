/// What somebody has forgotten at once, as others are told of it: a line about it, and one for each group and section.
///
///     @1f2e3d4c 5a6b7c8d9e0f1a2b
///     directory.1000
///     directory-groups
///
/// The first has the list of servers that he asks, and has taken it out of: who asks other ones has to take it out there.
public struct ForgetEntry: Hashable, Sendable {
    /// Everything, in the place of groups and sections.
    public static let everything = "*"
    /// In the place of a list: nobody's servers need be without it.
    public static let noList = "-"
    /// How long one may be, in bytes.
    public static let lengthLimit = 4096

    /// The same wherever it is told.
    public let identifier: String
    /// The servers that it was taken out of.
    public let list: String
    /// Groups and sections.
    public let tags: [String]

    /// An entry.
    public init(_ tags: [String], identifier: String, list: String) {
        (self.tags, self.identifier, self.list) = (tags, identifier, list)
    }

    /// What somebody has written; something that is too long is everything.
    ///
    /// - Parameter name: Its identifier, where it does not say it.
    public init(_ bytes: some Collection<UInt8>, orElse name: String) {
        let end = UInt8(ascii: "\n")
        let lines = bytes.prefix(Self.lengthLimit).split(separator: end).map { String(decoding: $0, as: UTF8.self) }
        var words: [Substring] = []
        if let head = lines.first, head.hasPrefix("@") { words = head.dropFirst().split(separator: " ") }
        let hasList = lines.first.map { !$0.hasPrefix("@ ") } ?? false
        list = hasList ? words.first.map { String($0) } ?? "" : ""
        identifier = words.dropFirst(hasList ? 1 : 0).first.map { String($0) } ?? name
        tags = bytes.count > Self.lengthLimit ? [Self.everything] : lines.filter { !$0.hasPrefix("@") }
    }

    /// What is written.
    public var bytes: [UInt8] {
        let head = "@\(list) \(identifier)\n"
        let text = Array((head + tags.joined(separator: "\n")).utf8)
        // A name from outside may have what would end its line, and what databases do not take.
        let isPlain = tags.allSatisfy { !$0.hasPrefix("@") && $0.utf8.allSatisfy { $0 >= 0x20 } }
        return isPlain && text.count <= Self.lengthLimit ? text : Array((head + Self.everything).utf8)
    }
}
