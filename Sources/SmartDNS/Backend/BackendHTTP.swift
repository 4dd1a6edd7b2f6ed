import Base
public import HTTPTransport

/// The service for PowerDNS over HTTP; who is not on this machine has to be kept out by the server.
///
/// Everybody on this machine may ask there, and the pages that they look at: what only PowerDNS and operators may do
/// needs a secret, which the path begins with.
public struct BackendHTTP: Sendable {
    private let desk: BackendDesk
    private let secret: [UInt8]?

    /// A service.
    ///
    /// - Parameter secret: What the paths of those begin with who may do everything; `nil` when nobody may.
    public init(_ desk: BackendDesk, secret: String?) {
        self.desk = desk
        self.secret = secret.map { Array($0.utf8) }
    }

    /// What a server of HTTP does.
    public var service: HTTPService {
        HTTPService(methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], limits: Self.limits) { request in
            // Of a method that there is not PowerDNS wants to hear the same as over a socket.
            let question = BackendRequest.question(request) ?? BackendQuestion("")
            guard !question.isConfidential || isTrusted(request) else {
                return HTTPPage(.forbidden, "this needs backend-http-secret in the path")
            }
            return HTTPPage(.ok, contentType: "application/json", text: desk.answer(question) + "\n")
        }
    }

    /// PowerDNS keeps a connection for each of its threads, and a question fails whose connection is closed meanwhile.
    private static var limits: HTTPServerLimits {
        var limits = HTTPServerLimits()
        limits.connections = BackendSocket.maximumConnections
        limits.requests = .max
        limits.requestTime = .seconds(86_400)
        limits.requestBytes = BackendFramer.maximumLength
        return limits
    }

    private func isTrusted(_ request: HTTPRequest) -> Bool {
        guard let secret else { return false }
        let first =
            request.path.split(separator: "/").first.map { Array(PercentEncoding.decode(String($0)).utf8) } ?? []
        guard first.count == secret.count else { return false }
        // In a time that does not depend on where they differ.
        return zip(first, secret).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

extension BackendQuestion {
    /// Whether it reads keys, changes something, or is a command.
    var isConfidential: Bool {
        isChanging || method == "getdomainkeys" || method == "gettsigkeys" || method == "gettsigkey"
            || method == "directbackendcmd"
    }
}
