import Base
import Logging
import SwitchCore

extension ENUMModule {
    /// What the variables of a result begin with.
    private static let routePrefix = "enum_route_"
    private static let dialStringVariable = "enum_auto_route"

    /// The application `enum`: what is found is in `enum_route_count`, `enum_route_1` … and `enum_auto_route`.
    var application: Application {
        Application("enum", syntax: "<number> [<root>]", [.inline, .noMedia]) { [weak self] session, data in
            try await self?.lookUp(data, for: session)
        }
    }

    private func lookUp(_ data: String, for session: isolated Session) async throws {
        let words = ListSplitter.split(data, by: " ", limit: 3)
        guard let number = words.first else { throw ApplicationError("enum needs a number") }
        Self.clear(session)
        let answer: ENUMAnswer
        do throws(ENUMFault) {
            answer = try await lookUp(
                number,
                root: words.count > 1 ? words[1] : nil,
                nameServers: session.variable("enum_nameserver"),
                logger: session.logger
            )
        } catch {
            guard error != .nameServers(.cancelled) else { throw CancellationError() }
            session.setVariable("enum_route_count", "0")
            throw ApplicationError("\(error)")
        }
        for (index, route) in answer.routes.enumerated() {
            session.setVariable("\(Self.routePrefix)\(index + 1)", route.text)
        }
        session.setVariable("enum_route_count", String(answer.routes.count))
        session.setVariable(Self.dialStringVariable, answer.dialString)
    }

    /// Takes out what an earlier one has found.
    private static func clear(_ session: isolated Session) {
        let names = session.variables.map(\.name).filter {
            $0.hasPrefixIgnoringASCIICase(routePrefix) || $0.equalsIgnoringASCIICase(dialStringVariable)
        }
        for name in names { session.setVariable(name, nil) }
    }
}

/// The dialplan `enum`: bridges to the routes of the number, one after the other.
struct ENUMDialplan: DialplanEngine {
    let module: ENUMModule

    /// Finds the routes; `nil` when there are none, so that the next dialplan is asked.
    ///
    /// - Parameter argument: The root.
    func hunt(_ session: isolated Session, argument: String?) async -> DialplanRoute? {
        let number = session.profile.destinationNumber
        let answer: ENUMAnswer
        do throws(ENUMFault) {
            answer = try await module.lookUp(
                number,
                root: argument,
                nameServers: session.variable("enum_nameserver"),
                logger: session.logger
            )
        } catch {
            // Not every destination is a number, and not every caller waits.
            let isUsual = error == .notNumber || error == .nameServers(.cancelled)
            let level = isUsual ? Logger.Level.debug : .error
            session.logger.log(level: level, "the dialplan enum: \(error)")
            return nil
        }
        guard !answer.routes.isEmpty else { return nil }
        session.setVariable("hangup_after_bridge", "true")
        let actions = answer.routes.map { DialplanAction(application: "bridge", data: $0.text) }
        return DialplanRoute(extensionName: number, actions: actions)
    }
}
