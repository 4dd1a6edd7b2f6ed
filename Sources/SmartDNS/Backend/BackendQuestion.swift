public import Base

/// What PowerDNS asks its remote back end: a method, and named parameters.
public struct BackendQuestion: Hashable, Sendable {
    /// The method in small letters: it is written in several ways.
    public let method: String
    /// The parameters.
    public let parameters: JSONValue

    init(_ method: String, _ parameters: JSONValue = .object([])) {
        (self.method, self.parameters) = (method.lowercased(), parameters)
    }

    /// Reads a question: an object with `method` and `parameters`.
    public init?(json bytes: some Collection<UInt8>) {
        guard let value = JSONValue(parsing: bytes), case .string(let method)? = value["method"] else { return nil }
        self.init(method, value["parameters"] ?? .object([]))
    }

    func text(_ name: String) -> String? { parameters[name]?.text }
    func integer(_ name: String) -> Int? { parameters[name]?.integer }
}

/// Divides a stream into questions, one a line; some write no end of line, so that a whole object is one, too.
public struct BackendFramer {
    /// Nothing has come yet.
    public init() {}

    /// How long a question may be: records of a zone transfer are the longest.
    public static let maximumLength = 65_536

    private var buffer: [UInt8] = []
    private var depth = 0
    private var isInString = false
    private var isEscaped = false

    /// Takes in bytes, and gives the questions that are whole; `nil` when the peer sends none that can be one.
    public mutating func push(_ bytes: some Sequence<UInt8>) -> [[UInt8]]? {
        var questions: [[UInt8]] = []
        for byte in bytes {
            if depth == 0 {
                if byte == UInt8(ascii: "{") { depth = 1 } else if byte > 0x20 { return nil } else { continue }
                buffer = [byte]
                continue
            }
            buffer.append(byte)
            guard buffer.count <= Self.maximumLength else { return nil }
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"):
                depth -= 1
                if depth == 0 {
                    questions.append(buffer)
                    buffer = []
                }
            default: break
            }
        }
        return questions
    }
}
