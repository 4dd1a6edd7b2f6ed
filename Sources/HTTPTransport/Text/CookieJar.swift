import Synchronization

/// The cookies of a client (RFC 6265); in the form of the file that curl keeps them in, they outlive it.
public final class CookieJar: Sendable {
    /// How many cookies are kept; the oldest go first.
    public static let limit = 100

    private let cookies: Mutex<[HTTPCookie]>
    private let now: @Sendable () -> Int64
    private let changed: @Sendable (CookieJar) -> Void

    /// A jar with the cookies of such a file.
    ///
    /// - Parameters:
    ///   - now: The seconds since 1970.
    ///   - changed: Hears of every change.
    public init(
        _ text: String = "",
        now: @escaping @Sendable () -> Int64,
        changed: @escaping @Sendable (CookieJar) -> Void = { _ in }
    ) {
        (self.now, self.changed) = (now, changed)
        let lines = text.split { $0 == "\n" || $0 == "\r\n" }
        cookies = Mutex(Array(lines.lazy.compactMap { HTTPCookie(line: $0) }.prefix(Self.limit)))
    }

    /// The cookies as such a file has them.
    public var text: String {
        let lines = cookies.withLock { $0.map(\.line) }
        return (["# Netscape HTTP Cookie File"] + lines).map { $0 + "\n" }.joined()
    }

    /// The value of Cookie for a request; `nil` when there are none for it.
    public func header(for url: HTTPURL) -> String? {
        let now = now()
        let found = cookies.withLock { $0.filter { $0.belongs(to: url) && $0.expiry.map { $0 > now } != false } }
        // Those with longer paths come first (RFC 6265 §5.4).
        let ordered = found.sorted { $0.path.utf8.count > $1.path.utf8.count }
        return found.isEmpty ? nil : ordered.map { "\($0.name)=\($0.value)" }.joined(separator: "; ")
    }

    /// Keeps what a server has set; what is over already is removed.
    public func take(_ settings: [String], from url: HTTPURL) {
        guard !settings.isEmpty else { return }
        let now = now()
        let isChanged = cookies.withLock { cookies in
            let before = cookies
            for cookie in settings.compactMap({ HTTPCookie(setting: $0, from: url, now: now) }) {
                cookies.removeAll { $0.isSame(as: cookie) }
                if cookie.expiry.map({ $0 > now }) != false { cookies.append(cookie) }
            }
            cookies.removeFirst(max(cookies.count - Self.limit, 0))
            return cookies != before
        }
        if isChanged { changed(self) }
    }
}
