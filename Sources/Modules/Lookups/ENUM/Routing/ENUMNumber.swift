import Base
import DNSMessage

/// A number as the domain name system knows it.
struct ENUMNumber: Hashable, Sendable {
    /// The most digits: E.164 has 15, zones of one's own may have more.
    static let maximumDigits = 32
    /// What people write between digits.
    private static let separators = Array(" -.()/".utf8)

    /// What rules are applied to: a plus sign and the digits (RFC 6116, Application Unique String).
    let uniqueString: String
    /// Whose rules are asked for: the digits the other way round, below the root.
    let name: DomainName

    /// Reads a number, or an ITAD subscriber number (`1234*256`), whose second part is a name below the root of its own.
    ///
    /// - Parameter root: Where the numbers are; `nil` or nothing for the configured one of its kind.
    init(_ text: String, root: String?, _ configuration: ENUMConfiguration) throws(ENUMFault) {
        let parts = text.split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first else { throw .notNumber }
        let digits = try Self.digits(of: first)
        let asked = root.flatMap { $0.isEmpty ? nil : $0 }
        var base = asked ?? configuration.root
        if parts.count > 1 {
            let domain = parts[1]
            guard !domain.isEmpty, domain.utf8.count <= Self.maximumDigits,
                domain.utf8.allSatisfy({ $0.decimalDigit != nil })
            else { throw .notNumber }
            base = "\(domain).\(asked ?? configuration.subscriberRoot)"
        }
        uniqueString = "+" + String(decoding: digits, as: UTF8.self)
        let labels = digits.reversed().flatMap { [$0, UInt8(ascii: ".")] }
        guard let name = DomainName(String(decoding: labels, as: UTF8.self) + base) else { throw .wrongRoot }
        self.name = name
    }

    private static func digits(of text: Substring) throws(ENUMFault) -> [UInt8] {
        var bytes = Array(text.utf8)
        if bytes.first == UInt8(ascii: "+") { bytes.removeFirst() }
        let digits = bytes.filter { $0.decimalDigit != nil }
        guard (1...maximumDigits).contains(digits.count),
            bytes.allSatisfy({ $0.decimalDigit != nil || separators.contains($0) })
        else { throw .notNumber }
        return digits
    }
}

/// Why nothing was looked up, or found out.
enum ENUMFault: Error, Hashable, Sendable {
    case notNumber
    case wrongRoot
    case nameServers(NameServerFault)
}

extension ENUMFault: CustomStringConvertible {
    /// The fault in words.
    var description: String {
        switch self {
        case .notNumber: "expected a number such as +4930123456 or 1234*256"
        case .wrongRoot: "the root is no domain name, or too long for this number"
        case .nameServers(let fault): "\(fault)"
        }
    }
}
