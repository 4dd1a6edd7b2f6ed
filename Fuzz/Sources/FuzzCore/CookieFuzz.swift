import HTTPTransport

/// Feeds text to the reader of cookies, as a web server may put it into Set-Cookie.
public enum CookieFuzz {
    /// Runs one input; a disagreement traps.
    public static func run(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        for base in ["http://www.example.com/a/b?c", "https://[::1]:8443/"] {
            guard let url = try? HTTPURL(base) else { continue }
            let jar = CookieJar(now: { 1_000_000 })
            jar.take([text, "known=1"], from: url)
            let header = jar.header(for: url)
            precondition(header?.contains("known=1") == true, "one does no harm to another")
            precondition(header?.utf8.contains { $0 < 0x20 || $0 == 0x7F } == false, "nothing of it ends a line")
            precondition(CookieJar(jar.text, now: { 1_000_000 }).header(for: url) == header, "a file keeps it")
        }
    }
}
