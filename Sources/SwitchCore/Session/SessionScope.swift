import Base
import Logging
import XMLConfig

/// A channel as expressions and the dialplan see it.
///
/// It is used on the session's loop only: expansion and hunting run where their caller runs.
public final class SessionScope: DialplanSubject {
    private let session: Session
    private let overlay: [(name: String, value: String)]
    /// Whether the hunter describes each test to the log.
    public let tracesHunt: Bool

    /// The scope of a channel, perhaps below some variables that are not the channel's own.
    public init(_ session: Session, below overlay: [(name: String, value: String)] = []) {
        (self.session, self.overlay) = (session, overlay)
        tracesHunt = session.logger.logLevel <= .debug
    }

    /// The value of a name: scope variables, channel variables, profile fields, global variables.
    public func variable(_ name: String, index: Int?) -> String? {
        if let value = overlay.last(where: { $0.name.equalsIgnoringASCIICase(name) })?.value {
            return index.map { VariableArray.element($0, of: value) } ?? value
        }
        return session.assumeIsolated { session in
            if let index { return session.variables.element(index, of: name) }
            if let scoped = session.scopeVariables.last(where: { $0.name.equalsIgnoringASCIICase(name) }) {
                return scoped.value
            }
            return session.variables[name] ?? session.profile.field(name) ?? session.otherLegField(name)
                ?? session.softswitch.xml.globals[name]
        }
    }

    /// Runs a command of the switch on behalf of the channel.
    public func callAPI(_ name: String, arguments: String) async -> String? {
        await session.softswitch.answer(toExpression: name, arguments, for: session)
    }

    /// A field of the caller profile.
    public func profileField(_ name: String) -> String? {
        session.assumeIsolated { $0.profile.field(name) }
    }

    /// Whether the call has ended.
    public var isOver: Bool { session.assumeIsolated { $0.isOver } }

    /// The clock of the call: in the zone of `tod_tz_offset` (hours), else of `timezone` (a name), else the machine's.
    public func brokenDownTime() -> BrokenDownTime {
        session.assumeIsolated { session in
            let seconds = session.softswitch.wallClock() / 1_000_000
            let names = ["tod_tz_offset", "timezone"].lazy.compactMap { session.variables[$0] }
            let zone = names.compactMap { session.softswitch.timeZones.offset(of: $0, at: seconds) }.first
            return BrokenDownTime(secondsSinceEpoch: Int(seconds), zone: zone)
        }
    }

    /// Replaces an array variable with what a condition captured.
    public func setCaptures(_ name: String, _ captures: [String]) {
        session.assumeIsolated { session in
            _ = session.variables.setCaptures(name, captures)
        }
    }

    /// Runs an application while hunting.
    public func executeInline(_ action: DialplanAction) async {
        await session.executeInline(action.application, action.data)
    }

    /// Tells the log what the hunter does.
    public func trace(_ event: DialplanTrace) {
        session.logger.debug("dialplan", metadata: ["step": "\(event)"])
    }
}

extension Session {
    /// `aleg_…` and `bleg_…`: a field of the caller profile of who called this channel, or of whom it called last.
    fileprivate func otherLegField(_ name: String) -> String? {
        if name.hasPrefix("aleg_") { return history.originator?.field(String(name.dropFirst("aleg_".count))) }
        if name.hasPrefix("bleg_") {
            return history.originatees.last?.profile.field(String(name.dropFirst("bleg_".count)))
        }
        return nil
    }
}
