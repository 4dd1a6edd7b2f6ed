import Base

/// Something that a server wants to get back with later requests (RFC 6265).
struct HTTPCookie: Hashable, Sendable {
    var name: String
    var value: String
    /// The host that it is for, in lower case.
    var domain: String
    /// Whether it goes to that host alone, and not to those below it.
    var isForHostOnly: Bool
    /// What the path of a request begins with that it goes with.
    var path: String
    /// Whether it goes over encrypted connections only.
    var isSecure: Bool
    /// When it ends, in seconds since 1970; `nil` for the end of the program.
    var expiry: Int64?

    /// How long a cookie may be, in bytes, its attributes included (RFC 6265 §6.1).
    static let lengthLimit = 4096

    /// Reads a value of Set-Cookie (RFC 6265 §5.2); `nil` when it is none, or not for this server to set.
    init?(setting text: String, from url: HTTPURL, now: Int64) {
        guard text.utf8.count <= Self.lengthLimit else { return nil }
        var parts = text.split(separator: ";", omittingEmptySubsequences: false).map { Self.pair($0) }[...]
        guard let (name, value) = parts.popFirst(), !name.isEmpty, let value else { return nil }
        (self.name, self.value, isSecure) = (name, value, false)
        (domain, isForHostOnly, path) = (url.host.lowercased(), true, Self.defaultPath(of: url))
        var date: Int64?
        var age: Int64?
        for (attribute, value) in parts {
            switch attribute.lowercased() {
            case "expires": date = value.flatMap { HTTPDate.seconds($0) }
            case "max-age": age = value.flatMap { Int64($0) }
            case "domain":
                let wanted = (value ?? "").lowercased().drop { $0 == "." }
                guard !wanted.isEmpty else { continue }
                (domain, isForHostOnly) = (String(wanted), false)
            case "path": if let value, value.hasPrefix("/") { path = value }
            case "secure": isSecure = true
            default: continue
            }
        }
        // What would end a header or a line of the file (RFC 6265 §4.1.1).
        guard ![name, value, domain, path].contains(where: Self.hasControls) else { return nil }
        expiry = age.map { now.addingReportingOverflow($0).overflow ? .max : now + $0 } ?? date
        guard matchesHost(url.host), domain == url.host.lowercased() || domain.contains(".") else { return nil }
    }

    /// Reads a line of the file that curl keeps cookies in: seven fields with tabs between.
    init?(line: Substring) {
        let marker = "#HttpOnly_"
        let fields = (line.hasPrefix(marker) ? line.dropFirst(marker.count) : line)
            .split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 7, !fields[0].hasPrefix("#"), let expiry = Int64(fields[4]), !fields[5].isEmpty else {
            return nil
        }
        domain = String(fields[0].drop { $0 == "." }).lowercased()
        (isForHostOnly, path, isSecure) = (fields[1] != "TRUE", fields[2], fields[3] == "TRUE")
        (self.expiry, name, value) = (expiry == 0 ? nil : expiry, fields[5], fields[6])
        guard ![name, value].contains(where: Self.hasControls) else { return nil }
    }

    /// The line of that file.
    var line: String {
        let host = (isForHostOnly ? "" : ".") + domain
        let flags = [isForHostOnly ? "FALSE" : "TRUE", path, isSecure ? "TRUE" : "FALSE", String(expiry ?? 0)]
        return ([host] + flags + [name, value]).joined(separator: "\t")
    }

    /// Whether two are the same, with different values perhaps (RFC 6265 §5.3).
    func isSame(as other: HTTPCookie) -> Bool {
        name == other.name && domain == other.domain && path == other.path
    }

    /// Whether it goes with a request (RFC 6265 §5.4).
    func belongs(to url: HTTPURL) -> Bool {
        let target = url.target.prefix { $0 != "?" }
        guard matchesHost(url.host), !isSecure || url.isEncrypted, target.hasPrefix(path) else { return false }
        return target.count == path.count || path.hasSuffix("/") || target.dropFirst(path.count).first == "/"
    }

    private func matchesHost(_ host: String) -> Bool {
        let host = host.lowercased()
        if host == domain { return true }
        return !isForHostOnly && host.hasSuffix("." + domain) && IPAddress(host) == nil
    }

    private static func hasControls(_ text: String) -> Bool {
        text.utf8.contains { $0 < 0x20 || $0 == 0x7F }
    }

    /// `name = value`; without the sign there is no value.
    private static func pair(_ text: Substring) -> (String, String?) {
        let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(\.trimmingBlanks)
        return (String(halves.first ?? ""), halves.count > 1 ? String(halves[1]) : nil)
    }

    /// RFC 6265 §5.1.4.
    private static func defaultPath(of url: HTTPURL) -> String {
        let path = url.target.prefix { $0 != "?" }
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}
