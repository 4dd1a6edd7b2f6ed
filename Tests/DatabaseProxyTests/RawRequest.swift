import Glibc
import TandemTesting

/// Requests over HTTP as somebody may write them.
enum RawRequest {
    /// How the answer begins to a request that our own client does not make.
    static func statusLine(of request: String, port: Int) -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        guard connectToLoopback(descriptor, port: UInt16(clamping: port)) == 0 else { return "" }
        let bytes = Array("\(request) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else { return "" }
        var answer: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while case let count = read(descriptor, &part, part.count), count > 0 { answer += part.prefix(count) }
        return String(decoding: answer.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
    }
}
