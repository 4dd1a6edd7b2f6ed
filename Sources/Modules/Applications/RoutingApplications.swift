import Base
import Logging
import SwitchCore
import XMLConfig

/// Going elsewhere in the dialplan.
enum RoutingApplications {
    static let all: [Application] = [
        transfer,
        Application("execute_extension", syntax: "<extension> [<dialplan> [<context>]]", [.noMedia]) {
            session,
            data in
            let arguments = Arguments(data)
            guard let destination = arguments[0] else { throw ApplicationError("execute_extension needs an extension") }
            try await session.executeExtension(
                destination,
                dialplan: arguments[1] ?? "XML",
                context: arguments[2] ?? session.profile.context
            )
        },
        Application("check_acl", syntax: "<address> <list> [<cause>]", [.inline, .noMedia]) { session, data in
            checkAccess(data, on: session)
        },
    ]

    private static let transfer = Application(
        "transfer",
        syntax: "[-aleg|-bleg|-both] <extension> [<dialplan> [<context>]]",
        [.noMedia]
    ) { session, data in
        var words = ListSplitter.split(data, by: " ")
        var legs = "-aleg"
        if let first = words.first, ["-aleg", "-bleg", "-both"].contains(first) {
            legs = first
            words.removeFirst()
        }
        guard let destination = words.first, !destination.isEmpty else {
            throw ApplicationError("transfer needs an extension")
        }
        let dialplan = words.count > 1 ? words[1] : nil
        let context = words.count > 2 ? words[2] : nil
        if legs == "-both", session.partner != nil {
            let target = TransferTarget(destination, dialplan: dialplan, context: context)
            await session.divertBoth(to: target, partnerTo: target)
            return
        }
        if legs == "-bleg", let partner = session.partner {
            await partner.divert(to: destination, dialplan: dialplan, context: context)
        }
        if legs != "-bleg" { session.transfer(to: destination, dialplan: dialplan, context: context) }
    }

    /// Lets the call go on only when the list allows the address: what is neither is refused too.
    private static func checkAccess(_ data: String, on session: isolated Session) {
        let arguments = Arguments(data)
        if let list = arguments[1], let address = arguments[0].flatMap({ IPAddress($0) }) {
            let decision = session.softswitch.accessLists.decision(for: address, in: list)
            if decision?.isAllowed == true { return }
        } else {
            session.logger.error("check_acl needs an address and a list", metadata: ["data": "\(data)"])
        }
        session.hangUp(arguments[2].flatMap { HangupCause($0) } ?? .callRejected)
    }
}
