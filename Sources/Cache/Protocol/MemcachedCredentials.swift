/// What a server is shown that does not take everybody: a user and a password.
public struct MemcachedCredentials: Hashable, Sendable, CustomStringConvertible {
    /// How long each may be, in bytes.
    public static let lengthLimit = 250

    /// The user.
    public let user: String
    /// The password.
    public let password: String

    /// Credentials; `nil` where a server could not be shown them: they have no blanks, and are not empty.
    public init?(user: String, password: String) {
        guard Self.isWord(user), Self.isWord(password) else { return nil }
        (self.user, self.password) = (user, password)
    }

    /// What is wrong with a user and a password of which one is there, or neither can be shown.
    public static let expected =
        "memcache-user and memcache-password belong together, have at most \(lengthLimit) bytes, and no blanks"

    /// Reads `user:password`.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        self.init(user: String(parts[0]), password: String(parts[1]))
    }

    /// The user alone: the password is in no log.
    public var description: String { user }

    private static func isWord(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= lengthLimit && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }
}
