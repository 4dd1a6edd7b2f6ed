import Base

/// Answers challenges to requests of ours and remembers the answers for the requests that follow (RFC 3261 §22.2).
struct ClientAuthentication: Sendable {
    /// A challenge that is being answered.
    private struct Session: Sendable {
        var challenge: DigestChallenge
        var isProxy: Bool
        var nonceCount: UInt32 = 0
    }

    /// Realms that are kept: one server and some proxies on the way.
    private static let sessionLimit = 4
    /// How often one request is sent again.
    private static let attemptLimit = 4

    private let account: DigestAccount?
    private var sessions: [Session] = []
    private var attempts = 0

    init(_ account: DigestAccount?) {
        self.account = account
    }

    /// Begins with another request: the answers stay, the attempts are counted anew.
    mutating func nextRequest() {
        attempts = 0
    }

    /// Whether a response is a challenge that somebody with a password could answer.
    static func isAnswerable(_ response: SIPMessage) -> Bool {
        guard response.status == 401 || response.status == 407 else { return false }
        return response.all(response.status == 407 ? .proxyAuthenticate : .wwwAuthenticate)
            .contains { DigestChallenge(parsing: $0)?.isAnswerable == true }
    }

    /// Takes the challenges of a 401 or 407.
    ///
    /// - Returns: whether the request is worth sending again: there is an account, and something has changed.
    mutating func challenged(by response: SIPMessage) -> Bool {
        guard let account, attempts < Self.attemptLimit, response.status == 401 || response.status == 407 else {
            return false
        }
        attempts += 1
        let isProxy = response.status == 407
        let challenges = response.all(isProxy ? .proxyAuthenticate : .wwwAuthenticate)
            .compactMap { DigestChallenge(parsing: $0) }
            .filter { $0.isAnswerable && (account.realm == nil || account.realm == $0.realm) }
        var isWorthIt = false
        for challenge in Self.strongest(challenges) {
            let known = sessions.firstIndex { $0.isProxy == isProxy && $0.challenge.realm == challenge.realm }
            if let known {
                // The first answer to a fresh challenge was refused: the password is wrong, unless it says stale.
                guard challenge.isStale || sessions[known].nonceCount == 0 || attempts == 1 else { continue }
                sessions[known] = Session(challenge: challenge, isProxy: isProxy)
            } else {
                guard sessions.count < Self.sessionLimit else { continue }
                sessions.append(Session(challenge: challenge, isProxy: isProxy))
            }
            isWorthIt = true
        }
        return isWorthIt
    }

    /// The header lines that a request carries; counts the use of each nonce.
    mutating func headers(
        method: SIPMethod,
        uri: String,
        body: SIPBody?,
        using tokens: inout TokenSource
    ) -> [SIPHeaderLine] {
        guard let account, !sessions.isEmpty else { return [] }
        return sessions.indices.map { position in
            sessions[position].nonceCount &+= 1
            let credentials = DigestCredentials(
                answering: sessions[position].challenge,
                account: account,
                method: method,
                uri: uri,
                body: body?.bytes ?? [],
                cnonce: HexToken.text(tokens.next()),
                nonceCount: sessions[position].nonceCount
            )
            return SIPHeaderLine(
                sessions[position].isProxy ? .proxyAuthorization : .authorization,
                credentials.headerValue
            )
        }
    }

    /// The best algorithm for each realm, in the order of the realms.
    private static func strongest(_ challenges: [DigestChallenge]) -> [DigestChallenge] {
        var best: [DigestChallenge] = []
        for challenge in challenges {
            if let known = best.firstIndex(where: { $0.realm == challenge.realm }) {
                if challenge.algorithm.strength > best[known].algorithm.strength { best[known] = challenge }
            } else {
                best.append(challenge)
            }
        }
        return best
    }
}
