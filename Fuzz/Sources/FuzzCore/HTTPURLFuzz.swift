import HTTPTransport

/// Feeds text to the reader of URLs, as a web server may put it into a Location header.
public enum HTTPURLFuzz {
    /// Runs one input; a disagreement traps.
    public static func run(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        for base in ["http://a/b/c?d", "https://[::1]:8443/"] {
            guard let base = try? HTTPURL(base), let url = try? HTTPURL(text, relativeTo: base) else { continue }
            precondition(url.target.hasPrefix("/") && (1...65_535).contains(url.port) && !url.host.isEmpty)
            let line = url.hostHeader + url.target
            precondition(!line.utf8.contains { $0 <= 0x20 || $0 == 0x7F }, "nothing of it ends a line or a word")
            // As long as it is not longer than a URL may be, it is read as it was.
            guard let again = try? HTTPURL(url.origin + url.target) else {
                precondition((url.origin + url.target).utf8.count > HTTPURL.lengthLimit)
                continue
            }
            precondition(again == url, "what was read is written readably")
        }
    }
}
