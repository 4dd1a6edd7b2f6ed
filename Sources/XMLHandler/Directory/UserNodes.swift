import Base
import Synchronization

/// Where users are registered, so that a call to one who is registered with another switch goes there
/// (`xml_handler.fs_path`).
///
/// Switches that share their core database have a row for each registration in its table `registrations`.
public final class UserNodes: Sendable {
    /// Another switch that a user is registered with.
    struct Node: Hashable, Sendable {
        /// Its name, which leads to its address.
        let host: String
        /// The SIP profile that the user is registered with there; calls leave by the one of the same name here.
        let profile: String

        /// Stands for whichever it is; neither name is one that a switch or a profile has.
        static let template = Node(host: "{host}", profile: "{profile}")

        /// A dial string through this switch, made of one through the ``template``; one that the user has stays.
        func filled(_ dialString: String) -> String {
            guard dialString.hasSuffix(";fs_path=sip:\(Self.template.host)") else { return dialString }
            return dialString.replacing(Self.template.profile, with: profile)
                .replacing(Self.template.host, with: host)
        }
    }

    static let sql = """
        SELECT reg_user, realm, hostname, url, expires FROM registrations WHERE reg_user = ? AND realm = ?
        """

    /// How long the database may take: a call waits for it.
    public static let patience = Duration.milliseconds(500)

    private let registrations: any TableSource
    private let now: @Sendable () -> Int64
    private let tell: @Sendable (String) -> Void
    private let isAway = Mutex(false)

    /// The registrations of a core database.
    ///
    /// - Parameter tell: Is told when the database does not answer any more, and when it does again.
    public convenience init(_ registrations: any TableSource, tell: @escaping @Sendable (String) -> Void) {
        self.init(registrations, now: { MachineClock.wall.nanoseconds / 1_000_000_000 }, tell: tell)
    }

    /// - Parameter now: The time of day, in seconds since 1970.
    init(
        _ registrations: any TableSource,
        now: @escaping @Sendable () -> Int64,
        tell: @escaping @Sendable (String) -> Void
    ) {
        (self.registrations, self.now, self.tell) = (registrations, now, tell)
    }

    /// The other switch that a user is registered with; `nil` where it is registered here, or nowhere, or where that
    /// cannot be known at the moment.
    ///
    /// Of several the one counts whose registration lasts longest.
    ///
    /// - Parameter here: The names of the switch that asks.
    func node(of user: String, in domain: String, besides here: Set<String>) async -> Node? {
        let rows: [TableRow]
        do {
            rows = try await registrations.rows(Self.sql, [user, domain])
            note(nil)
        } catch {
            if !Task.isCancelled { note("\(error)") }
            return nil
        }
        let moment = Double(now())
        // To the letter, whatever the database's collation is.
        let valid = rows.filter { $0["reg_user"] == user && $0["realm"] == domain && Self.expiry($0) > moment }
        guard !valid.contains(where: { here.contains($0.text("hostname")) }) else { return nil }
        let others = valid.filter { Self.isName($0.text("hostname")) }
        return others.max { Self.expiry($0) < Self.expiry($1) }.map { row in
            Node(host: row.text("hostname"), profile: Self.profile(in: row.text("url")))
        }
    }

    private static func expiry(_ row: TableRow) -> Double { Double(row.text("expires")) ?? 0 }

    /// What FusionPBX calls by where it does not know the profile.
    private static let usualProfile = "internal"

    /// `internal` for `sofia/internal/sip:1000@192.0.2.1:5060`.
    private static func profile(in url: String) -> String {
        let parts = url.split(separator: "/", maxSplits: 2)
        guard parts.count == 3, parts[0] == "sofia", isName(parts[1]) else { return usualProfile }
        return String(parts[1])
    }

    /// Whether a text is a name that means nothing else in a dial string.
    private static func isName(_ text: some StringProtocol) -> Bool {
        (1...255).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { scalar in
                ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
                    || "-_.".unicodeScalars.contains(scalar)
            }
    }

    private func note(_ fault: String?) {
        let isChange = isAway.withLock { isAway in
            defer { isAway = fault != nil }
            return isAway != (fault != nil)
        }
        guard isChange else { return }
        let trouble = fault.map { "users are called as if none were registered with another switch: \($0)" }
        tell(trouble ?? "it is known again which switch users are registered with")
    }
}
