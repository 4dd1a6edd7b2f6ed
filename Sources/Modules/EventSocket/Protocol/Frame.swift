/// What the server sends: headers, an empty line, and a body of `Content-Length` bytes.
package enum Frame {
    /// The greeting, which asks who is there.
    package static let authenticationRequest = Array("Content-Type: auth/request\n\n".utf8)

    /// For who may not connect at all.
    package static let rudeRejection = withBody("text/rude-rejection", [], Array("Access Denied, go away.\n".utf8))

    /// The answer to a command; header values hold no line ends.
    package static func reply(_ text: String, _ headers: [(String, String)] = []) -> [UInt8] {
        head("command/reply", [("Reply-Text", text)] + headers)
    }

    /// The answer of an API command.
    package static func apiResponse(_ text: String) -> [UInt8] {
        withBody("api/response", [], Array((text.isEmpty ? "-ERR no reply\n" : text).utf8))
    }

    /// An event in one of its forms.
    package static func event(_ type: String, _ content: [UInt8]) -> [UInt8] {
        var frame = Array("Content-Length: \(content.count)\nContent-Type: \(type)\n\n".utf8)
        frame.append(contentsOf: content)
        return frame
    }

    /// A line of the log.
    package static func log(_ headers: [(String, String)], _ text: String) -> [UInt8] {
        let content = Array(text.utf8)
        let all = [("Content-Length", String(content.count))] + headers
        return head("log/data", all) + content
    }

    /// The last words, or those after which the connection lingers.
    package static func disconnectNotice(_ headers: [(String, String)] = [], isLast: Bool) -> [UInt8] {
        withBody("text/disconnect-notice", headers, isLast ? Array("Disconnected, goodbye.\n".utf8) : [])
    }

    private static func withBody(_ type: String, _ headers: [(String, String)], _ body: [UInt8]) -> [UInt8] {
        head(type, headers + [("Content-Length", String(body.count))]) + body
    }

    private static func head(_ type: String, _ headers: [(String, String)]) -> [UInt8] {
        var head = "Content-Type: \(type)\n"
        for (name, value) in headers { head += "\(name): \(oneLine(value))\n" }
        return Array((head + "\n").utf8)
    }

    /// A variable's value may hold a line end; in a header it would begin another one.
    private static func oneLine(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) else { return text }
        return String(decoding: text.utf8.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }, as: UTF8.self)
    }
}
