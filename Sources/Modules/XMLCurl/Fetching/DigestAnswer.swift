import Base
import HTTPTransport
import SIP

extension GatewayCredentials {
    /// What is shown without being asked: only where nothing else could be wanted.
    var shownAtOnce: String? { schemes == [.basic] ? text : nil }

    /// What answers a server that asks; `nil` when nothing more could be said.
    var authorizer: ClientRequest.Authorizer? {
        guard schemes != [.basic] else { return nil }
        return { [self] challenges, method, target in
            var generator = SystemRandomNumberGenerator()
            let token = RandomToken.hex(bytes: 16, using: &generator)
            return answer(to: challenges, method: method.rawValue, target: target, cnonce: token)
        }
    }

    /// The value of Authorization that answers the best of some challenges (RFC 7616 §3.4, RFC 7617).
    func answer(to challenges: [String], method: String, target: String, cnonce: String) -> String? {
        let digests = challenges.compactMap { DigestChallenge(parsing: $0) }.filter {
            $0.qop.isEmpty || $0.qop.contains("auth")
        }
        let strong: [DigestAlgorithm] = [.sha256, .sha256Session]
        if schemes.contains(.digest),
            let challenge = digests.first(where: { strong.contains($0.algorithm) }) ?? digests.first
        {
            return DigestCredentials(
                answering: challenge,
                account: DigestAccount(username: user, secret: .password(password)),
                method: SIPMethod(method),
                uri: target,
                cnonce: cnonce,
                nonceCount: 1
            ).headerValue
        }
        let asksForBasic = challenges.contains { "Basic".equalsIgnoringASCIICase($0.prefix { $0 != " " }) }
        return schemes.contains(.basic) && asksForBasic ? "Basic " + Base64.encode(text.utf8) : nil
    }
}
