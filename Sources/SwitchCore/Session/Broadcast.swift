import Base

/// A sound, or an application written `name::data` or `name!CAUSE::data`, that one or both ends of a call are given beside what they do:
/// `uuid_broadcast`.
public struct Broadcast: Sendable {
    private let application: String
    private let data: String
    /// Why the channel is hung up after it (`name!CAUSE::data`), where it is.
    private let cause: String?
    private let toChannel: Bool
    private let toPartner: Bool
    /// Whether the one who is left out hears music.
    private let holdsPartner: Bool

    /// Reads what is broadcast, and to whom: `aleg`, `bleg` or `both`; `holdb` is the channel alone, with music for the
    /// other.
    public init(_ text: String, legs: String = "aleg") {
        if let mark = text.firstRange(of: "::") {
            let parts = text[..<mark.lowerBound].split(separator: "!", maxSplits: 1, omittingEmptySubsequences: false)
            application = parts.first.map(String.init) ?? ""
            data = String(text[mark.upperBound...])
            cause = parts.count > 1 ? String(parts[1]) : nil
        } else {
            (application, data, cause) = ("playback", text, nil)
        }
        let legs = legs.lowercased()
        holdsPartner = legs.contains("holdb")
        toPartner = !holdsPartner && (legs.contains("both") || legs.contains("bleg"))
        toChannel = legs.contains("both") || legs.contains("aleg") || !toPartner
    }

    /// Has it done; false when no channel is there for it, or no such application.
    @discardableResult
    public func run(on session: Session) async -> Bool {
        guard session.softswitch.applications[application] != nil else { return false }
        var isRunning = false
        if toPartner, let partner = await session.partner {
            isRunning = await partner.broadcast(application, data)
        }
        if toChannel {
            isRunning = await session.broadcast(application, data, holdsPartner: holdsPartner) || isRunning
        }
        if let cause {
            _ = await session.broadcast("hangup", cause.isEmpty ? HangupCause.normalClearing.name : cause)
        }
        return isRunning
    }
}

extension Session {
    /// Runs an application beside what the channel does, after those that were asked for before.
    ///
    /// - Parameter holdsPartner: Whether the partner hears music meanwhile.
    /// - Returns: Whether it will be run.
    @discardableResult
    public func broadcast(_ application: String, _ data: String, holdsPartner: Bool = false) -> Bool {
        var message = SessionMessage(.execute(application: application, data: data))
        (message.isLocked, message.holdsPartner) = (true, holdsPartner)
        return post(message)
    }
}
