import Base
import SIP
import SwitchCore

/// What programs hear of a call beyond what its channel tells.
extension SIPLeg {
    /// An INFO inside the call: what it says, as text.
    func publishInfo(_ message: SIPMessage) {
        let softswitch = profile.softswitch
        softswitch.events.publish(.recvInfo) {
            session.assumeIsolated { session in
                var event = session.makeEvent(.recvInfo)
                for (name, value) in Self.headers(of: message) { event.add(name, value.withoutControls) }
                if message.hasBody { event.body = message.bodyText }
                return event
            }
        }
    }

    private static func headers(of message: SIPMessage) -> [(name: String, value: String)] {
        let contact = message.contacts.first?.uri
        let values = [
            ("SIP-Content-Type", message.contentType), ("SIP-From-User", message.from.uri.plainUser),
            ("SIP-From-Host", message.from.uri.hostText), ("SIP-To-User", message.to.uri.plainUser),
            ("SIP-To-Host", message.to.uri.hostText), ("SIP-Contact-User", contact?.plainUser),
            ("SIP-Contact-Host", contact?.hostText), ("Call-Info", message.first(.callInfo)),
            ("Alert-Info", message.first(.alertInfo)),
        ]
        return values.compactMap { name, value in value.map { (name, $0) } }
    }

    /// A NOTIFY tells what came of a REFER.
    func publishReferralNotice(_ message: SIPMessage) {
        let event = message.first(.event)
        guard event?.prefix(while: { $0 != ";" && $0 != " " }).lowercased() == "refer",
            let type = message.contentType, message.hasBody
        else { return }
        let id = session.id
        let state = message.first(.subscriptionState)
        profile.softswitch.events.publish(.custom) {
            var told = profile.softswitch.makeEvent(.custom, subclass: "sofia::notify_refer")
            for (name, value) in [
                ("content-type", type), ("event-package", "refer"), ("event-id", Self.parameter("id", of: event)),
                ("contact", (message.contacts.first?.uri).map(Self.address)), ("from", Self.address(message.from.uri)),
                ("from-tag", message.fromTag), ("to", Self.address(message.to.uri)), ("to-tag", message.toTag),
                ("call-id", message.callID),
                ("subscription-substate", state.map { String($0.prefix { $0 != ";" && $0 != " " }) }),
                ("subscription-reason", Self.parameter("reason", of: state)),
                ("subscription-retry-after", Self.parameter("retry-after", of: state)),
                ("subscription-expires", Self.parameter("expires", of: state)), ("UniqueID", id),
            ] as [(String, String?)] {
                if let value { told.add(name, value.withoutControls) }
            }
            told.body = message.bodyText
            return told
        }
    }

    private static func address(_ uri: SIPURI) -> String { "\(uri.plainUser ?? "")@\(uri.hostText)" }

    /// A parameter behind a semicolon of a header; empty when nothing stands behind its name.
    static func parameter(_ name: String, of value: String?) -> String? {
        let parameters = value?.split(separator: ";").dropFirst() ?? []
        return parameters.lazy.compactMap { parameter -> String? in
            let parts = parameter.filter { !$0.isWhitespace }.split(separator: "=", maxSplits: 1)
            return parts.first?.lowercased() == name ? parts.dropFirst().first.map(String.init) ?? "" : nil
        }.first
    }

    /// The far end has offered something new, which was taken.
    func publishReinvite() {
        let id = session.id
        profile.publish("sofia::reinvite") { [("Unique-ID", id)] }
        session.assumeIsolated { $0.remoteReoffered() }
    }

    /// Tells of a transfer, where the profile says that somebody wants to hear of it (`fire-transfer-events`).
    ///
    /// - Parameter session: The channel that the event is about.
    func publishTransfer(_ role: TransferRole, of session: Session, _ headers: [(String, String)] = []) async {
        guard profile.configuration.tellsTransfers else { return }
        await session.publish(role, headers)
    }

    /// Somebody takes the far end's place in this call, by an INVITE with that Call-ID.
    func publishInterception(by callID: String) {
        guard profile.configuration.tellsTransfers else { return }
        session.assumeIsolated { $0.publish(.intercepted, [("intercepted_by", callID.withoutControls)]) }
    }

    /// What a channel is in a transfer.
    enum TransferRole: String, Sendable {
        /// Who asked for it.
        case transferor = "sofia::transferor"
        /// Who is sent elsewhere.
        case transferee = "sofia::transferee"
        /// Whose place somebody takes who was asked to.
        case replaced = "sofia::replaced"
        /// Whose place somebody takes by himself.
        case intercepted = "sofia::intercepted"
    }
}

extension Session {
    fileprivate func publish(_ role: SIPLeg.TransferRole, _ headers: [(String, String)]) {
        softswitch.events.publish(.custom) {
            var event = makeEvent(.custom, subclass: role.rawValue)
            for (name, value) in headers { event.add(name, value) }
            return event
        }
    }
}
