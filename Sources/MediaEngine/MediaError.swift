public import Base

/// Why the engine could not do what it was asked.
public enum MediaError: Error, Hashable, Sendable {
    /// Every port pair of the range is in use or resting.
    case noFreePorts
    /// The limit of streams is reached.
    case tooManyStreams
    /// The engine is shut down.
    case shutDown
    /// The operating system refused a socket on an address; the number is `errno`.
    case socket(IPAddress, errno: Int32)
    /// The configuration makes no sense, for example an empty port range.
    case invalidConfiguration(String)
    /// There is no such file, or it cannot be read or written; the text is libsndfile's.
    case file(path: String, String)
    /// A `tone_stream://` or `silence_stream://` that cannot be understood.
    case invalidSource(String)
    /// A module has no such sound; the text says what is missing.
    case noSuchSound(String)
    /// The bounded queue of the file threads is full.
    case overloaded
}

extension MediaError: CustomStringConvertible {
    /// What is wrong, without the path or name that whoever asked knows.
    public var description: String {
        switch self {
        case .noFreePorts: "no port is free"
        case .tooManyStreams: "too many streams"
        case .shutDown: "the media engine is shut down"
        case .socket(let address, let number): "no socket on \(address): error \(number)"
        case .invalidConfiguration(let reason), .file(_, let reason), .noSuchSound(let reason): reason
        case .invalidSource(let name): "\(name) is no sound"
        case .overloaded: "too many files are waited for"
        }
    }
}
