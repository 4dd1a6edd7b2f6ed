import Base
public import Database
import Synchronization

/// Where users are registered, so that a call to one who is registered with another switch goes there
/// (`xml_handler.fs_path`).
///
/// Switches that share their core database have a row for each registration in its table `registrations`, and say in
/// `tandem_switches` that they are alive; FreeSWITCH says nothing there, and may have no such table.
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

    /// The rows of a user, with whether the time of the switch that each is of is over: it cannot take them out itself.
    private static func statement(_ dialect: SQLDialect) -> String {
        """
        SELECT r.reg_user AS reg_user, r.realm AS realm, r.hostname AS hostname, r.url AS url, r.expires AS expires, \
        CASE WHEN s.lease <= \(dialect.epoch) THEN 1 ELSE 0 END AS is_dead \
        FROM registrations r LEFT JOIN tandem_switches s ON s.hostname = r.hostname \
        WHERE r.reg_user = ? AND r.realm = ?
        """
    }

    /// The same where the table of switches is not there, or may not be read.
    private static let sqlWithoutSwitches = """
        SELECT reg_user, realm, hostname, url, expires FROM registrations WHERE reg_user = ? AND realm = ?
        """
    /// For how many seconds that table is not looked for then.
    private static let pause: Int64 = 300

    /// How long the database may take: a call waits for it.
    public static let patience = Duration.milliseconds(500)

    private let registrations: any TableSource
    private let sql: String
    private let now: @Sendable () -> Int64
    private let tell: @Sendable (String) -> Void
    private let isAway = Mutex(false)
    /// Since when the registrations are looked at without the table of switches.
    private let withoutSwitches = Mutex<Int64?>(nil)

    /// The registrations of a core database.
    ///
    /// - Parameters:
    ///   - dialect: How statements are written for it.
    ///   - tell: Is told when the database does not answer any more, and when it does again.
    public convenience init(
        _ registrations: any TableSource,
        _ dialect: SQLDialect,
        tell: @escaping @Sendable (String) -> Void
    ) {
        self.init(registrations, dialect, now: { MachineClock.wall.nanoseconds / 1_000_000_000 }, tell: tell)
    }

    /// - Parameter now: The time of day, in seconds since 1970.
    init(
        _ registrations: any TableSource,
        _ dialect: SQLDialect,
        now: @escaping @Sendable () -> Int64,
        tell: @escaping @Sendable (String) -> Void
    ) {
        (self.registrations, sql, self.now, self.tell) = (registrations, Self.statement(dialect), now, tell)
    }

    /// The other switch that a user is registered with; `nil` where it is registered here, or nowhere, or where that
    /// cannot be known at the moment.
    ///
    /// Of several the one counts whose registration lasts longest; one whose switch is dead counts for nothing.
    ///
    /// - Parameter here: The names of the switch that asks.
    func node(of user: String, in domain: String, besides here: Set<String>) async -> Node? {
        let rows: [TableRow]
        do {
            rows = try await self.rows(of: user, in: domain)
            note(nil)
        } catch {
            if !Task.isCancelled { note("\(error)") }
            return nil
        }
        let moment = Double(now())
        // To the letter, whatever the database's collation is.
        let valid = rows.filter { $0["reg_user"] == user && $0["realm"] == domain && Self.expiry($0) > moment }
        guard !valid.contains(where: { here.contains($0.text("hostname")) }) else { return nil }
        let others = valid.filter { $0["is_dead"] != "1" && Self.isName($0.text("hostname")) }
        return others.max { Self.expiry($0) < Self.expiry($1) }.map { row in
            Node(host: row.text("hostname"), profile: Self.profile(in: row.text("url")))
        }
    }

    private func rows(of user: String, in domain: String) async throws -> [TableRow] {
        let moment = now()
        let isWithoutSwitches = withoutSwitches.withLock { $0.map { (0..<Self.pause).contains(moment - $0) } ?? false }
        if !isWithoutSwitches {
            do {
                return try await registrations.rows(sql, [user, domain])
            } catch {
                guard Self.isOfStatement(error) else { throw error }
            }
        }
        let rows = try await registrations.rows(Self.sqlWithoutSwitches, [user, domain])
        if !isWithoutSwitches { withoutSwitches.withLock { $0 = moment } }
        return rows
    }

    /// Whether another statement may do better.
    private static func isOfStatement(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return !(error is CancellationError) }
        return switch error.kind {
        case .statement, .refused, .other: true
        default: false
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
