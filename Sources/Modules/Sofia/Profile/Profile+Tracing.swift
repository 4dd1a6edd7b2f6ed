import Base
import Logging
import SIP
import SwitchCore

/// Whether and how a profile writes its messages to the log (`siptrace`, `tracelevel`).
struct MessageTracing: Sendable {
    var isOn = false
    var level = LogLevel.notice

    /// How much of a message is written, in octets.
    static let limit = 16_384

    /// What stands in the log in the place of what proves who somebody is, and of keys.
    private static let hidden = ["authorization", "proxy-authorization", "authentication-info"]

    /// Lines of descriptions that have keys (RFC 4568, RFC 4567, RFC 8839, RFC 8866 §5.12).
    private static let hiddenLines = ["a=crypto:", "a=key-mgmt:", "a=ice-pwd:", "k="]

    /// A message as the log has it: a line for each of its lines, without credentials and keys.
    static func text(of bytes: [UInt8]) -> String {
        let text = String(decoding: bytes.prefix(limit), as: UTF8.self)
        var isHidden = false
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { line -> String in
            // A header that goes on in the next line (RFC 3261 §7.3.1) is still the same.
            if line.first == " " || line.first == "\t" { return isHidden ? " (hidden)" : String(line).withoutControls }
            let name = line.prefix { $0 != ":" }
            isHidden = hidden.contains { name.trimmingBlanks.equalsIgnoringASCIICase($0) }
            if isHidden { return "\(name): (hidden)" }
            if let key = hiddenLines.first(where: { line.hasPrefix($0) }) { return "\(key)(hidden)" }
            return String(line).withoutControls
        }
        return lines.joined(separator: "\n   ")
    }
}

extension Substring {
    fileprivate var trimmingBlanks: String { filter { $0 != " " && $0 != "\t" } }
}

extension Profile {
    func trace(_ bytes: [UInt8], _ direction: String, over flow: SIPFlow) {
        let transport = flow.transport.viaName.lowercased()
        let place = direction == "recv" ? "from" : "to"
        logger.log(
            level: tracing.level.logLevel ?? .critical,
            "\(direction) \(bytes.count) bytes \(place) \(transport)/\(flow.remote):\n   \(MessageTracing.text(of: bytes))"
        )
    }
}
