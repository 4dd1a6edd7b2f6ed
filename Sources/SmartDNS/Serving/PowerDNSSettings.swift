import Base

/// What a `pdns.conf` says, and what of it is unsafe with answers that depend on who asks.
public struct PowerDNSSettings: Sendable {
    private var values: [String: String] = [:]

    /// Reads a file's text: `name=value`, a line each; what is behind `#` says nothing.
    public init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let said = line.prefix { $0 != "#" }
            guard let equals = said.firstIndex(of: "=") else { continue }
            let name = said[..<equals].trimmingBlanks.lowercased()
            // `name+=` adds to a list.
            let isAddition = name.hasSuffix("+")
            let plain = isAddition ? String(name.dropLast()) : name
            let value = said[said.index(after: equals)...].trimmingBlanks
            values[plain] = isAddition ? [values[plain], value].compactMap { $0 }.joined(separator: ",") : value
        }
    }

    /// What there is to say, a sentence each.
    public var warnings: [String] {
        var found: [String] = []
        if !(values["launch"] ?? "").contains("remote") { found.append("launch does not name the remote back end") }
        if !isYes("edns-subnet-processing") {
            found.append("edns-subnet-processing is not yes: clients of public resolvers are taken for the resolver")
        }
        if isYes("consistent-backends", default: true) {
            found.append("consistent-backends is not no: each question costs two look-ups")
        }
        for name in ["query-cache-ttl", "negquery-cache-ttl"] {
            let seconds = number(name, default: name == "query-cache-ttl" ? 20 : 60)
            if seconds > 0 {
                found.append("\(name) is \(seconds): answers for one client may reach others; it should be 0")
            }
        }
        if number("cache-ttl", default: 20) > 5 {
            found.append("cache-ttl is more than 5: changes are seen late")
        }
        if number("distributor-threads", default: 3) < 4 {
            found.append("distributor-threads is less than 4: few look-ups that hang stop everything")
        }
        let refreshing = number("zone-cache-refresh-interval", default: 300)
        if refreshing == 0 {
            found.append("zone-cache-refresh-interval is 0: each question costs several look-ups")
        } else if refreshing > 10 {
            found.append(
                "zone-cache-refresh-interval is \(refreshing): zones that are added are seen that late; it should be 5"
            )
        }
        let connection = values["remote-connection-string"] ?? ""
        let timeout =
            connection.split(separator: ",").first { $0.hasPrefix("timeout=") }
            .flatMap { Int($0.dropFirst("timeout=".count)) } ?? 2000
        if connection.hasPrefix("pipe") {
            if !(1100...2000).contains(timeout) {
                found.append(
                    "the pipe's timeout is \(timeout) ms: it should be more than that of `dns pipe` (1000), at most 2000"
                )
            }
        } else if timeout > 300, !connection.hasPrefix("http") {
            found.append("the back end's timeout is \(timeout) ms: it should be 300 at most")
        }
        if values["version-string"]?.lowercased() != "anonymous" {
            found.append("version-string is not anonymous: it tells which program this is")
        }
        return found
    }

    private func isYes(_ name: String, default fallback: Bool = false) -> Bool {
        values[name].map { $0.isEmpty || $0.isTrueSetting } ?? fallback
    }

    private func number(_ name: String, default fallback: Int) -> Int {
        values[name].flatMap { Int($0) } ?? fallback
    }
}
