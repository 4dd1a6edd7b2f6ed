/// A text that a sound file has about itself.
public enum SoundTitle: String, Sendable, CaseIterable {
    /// What it is.
    case title
    /// Whose it is.
    case copyright
    /// The program that wrote it.
    case software
    /// Who is heard.
    case artist
    /// Anything else.
    case comment
    /// When it was made.
    case date

    /// How long a text may be, in UTF-8 octets; what is longer is cut off.
    public static let lengthLimit = 1024
}
