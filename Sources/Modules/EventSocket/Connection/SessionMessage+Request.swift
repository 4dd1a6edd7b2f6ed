import Base
import SwitchCore

/// Why a `sendmsg` cannot be done.
struct MessageError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension SessionMessage {
    /// How long a message may wait for packets, in packets.
    private static let leadFrameLimit = 50 * 60

    /// The message of a `sendmsg`.
    static func parse(_ request: Request, makeUUID: () -> String) -> Result<SessionMessage, MessageError> {
        switch request["call-command"]?.lowercased() {
        case "execute": execution(request, makeUUID)
        case "hangup": .success(ending(request))
        case "xferext": diversion(request)
        case "nomedia": bypass(request)
        case "unicast": unicast(request)
        default: .failure(MessageError("invalid call-command"))
        }
    }

    private static func execution(_ request: Request, _ makeUUID: () -> String) -> Result<Self, MessageError> {
        guard let name = request["execute-app-name"], !name.isEmpty else {
            return .failure(MessageError("missing execute-app-name"))
        }
        var data = request["execute-app-arg"]
        if data == nil, request["content-type"]?.lowercased().hasPrefix("text/plain") == true { data = request.body }
        var message = SessionMessage(.execute(application: name, data: data ?? ""))
        message.takeOrder(from: request)
        message.identity = ExecutionIdentity(request["event-uuid"] ?? makeUUID(), name: request["event-uuid-name"])
        message.loops = request["loops"].flatMap { Int($0) } ?? 1
        message.holdsPartner = request["hold-bleg"]?.isTrueSetting == true
        message.leadFrames = min(max(request["lead-frames"].flatMap { Int($0) } ?? 0, 0), leadFrameLimit)
        return .success(message)
    }

    private static func bypass(_ request: Request) -> Result<SessionMessage, MessageError> {
        guard let id = request["nomedia-uuid"], !id.isEmpty else {
            return .failure(MessageError("missing nomedia-uuid"))
        }
        var message = SessionMessage(.bypassMedia(id))
        message.takeOrder(from: request)
        return .success(message)
    }

    /// The ports that are meant where none are named.
    private static let unicastPorts: (local: UInt16, remote: UInt16) = (8025, 8026)

    private static func unicast(_ request: Request) -> Result<SessionMessage, MessageError> {
        func endpoint(_ side: String, _ usual: UInt16) -> IPEndpoint? {
            guard let address = IPAddress(request["\(side)-ip"] ?? "127.0.0.1"),
                let port = request["\(side)-port"].map({ UInt16($0) }) ?? usual, port > 0
            else { return nil }
            return IPEndpoint(address, port: port)
        }
        // FreeSWITCH takes both words, and opens a socket for datagrams for either.
        guard ["udp", "tcp"].contains(request["transport"]?.lowercased() ?? "udp") else {
            return .failure(MessageError("invalid unicast transport"))
        }
        guard let local = endpoint("local", unicastPorts.local), let remote = endpoint("remote", unicastPorts.remote),
            local.address.family == remote.address.family
        else { return .failure(MessageError("invalid unicast address")) }
        let isNative = request["flags"]?.lowercased().contains("native") == true
        var message = SessionMessage(.unicast(UnicastRequest(local: local, remote: remote, isNative: isNative)))
        message.takeOrder(from: request)
        return .success(message)
    }

    private static func ending(_ request: Request) -> SessionMessage {
        let cause = request["hangup-cause"].flatMap { HangupCause($0) } ?? .normalClearing
        var message = SessionMessage(.hangUp(cause))
        message.takeOrder(from: request)
        return message
    }

    private static func diversion(_ request: Request) -> Result<SessionMessage, MessageError> {
        let actions = request.headers.filter { $0.name.equalsIgnoringASCIICase("application") }.map { header in
            let words = header.value.split(separator: " ", maxSplits: 1).map(String.init)
            return DialplanAction(application: words.first ?? "", data: words.count > 1 ? words[1] : "")
        }
        guard !actions.isEmpty, actions.allSatisfy({ !$0.application.isEmpty }) else {
            return .failure(MessageError("missing application"))
        }
        var message = SessionMessage(.divert(DialplanRoute(extensionName: "xferext", actions: actions)))
        message.takeOrder(from: request)
        return .success(message)
    }

    private mutating func takeOrder(from request: Request) {
        isLocked = request["event-lock"]?.isTrueSetting == true
        hasPriority = request["event-lock-pri"]?.isTrueSetting == true
        if hasPriority { isLocked = true }
    }
}
