import Base
import Logging
public import SwitchCore
import XMLConfig

/// `mod_dialplan_xml`: finds extensions in the XML of the `dialplan` section.
public final class DialplanXMLModule: Module, DialplanEngine {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_dialplan_xml"

    private let softswitch: Switch
    private let library = DialplanLibrary()

    /// A dialplan over the switch's XML.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
    }

    /// Registers the dialplan `XML`.
    public func start() async throws {
        softswitch.dialplans.register(self, as: "XML")
    }

    /// Lets go of what was compiled from the tree before.
    public func reload() async throws {
        library.removeAll()
    }

    /// Finds the route for a call in the context of its caller profile.
    public func hunt(_ session: isolated Session, argument: String?) async -> DialplanRoute? {
        if let argument {
            session.logger.warning("dialplans outside of the tree are not in this version: \(argument)")
            return nil
        }
        let name = session.profile.context
        let answer = await softswitch.xml.answer(
            section: .dialplan,
            tag: "",
            key: "",
            value: "",
            // As FreeSWITCH names what asks, for programs that look at it.
            parameters: session.lookUpParameters(
                for: .dialplan,
                isHunting: true,
                file: "mod_dialplan_xml.c",
                function: "dialplan_xml_locate"
            )
        )
        let context = answer.flatMap { answer in
            library.context(named: name, in: answer.node, isKept: answer.isKept)
        }
        guard let context else {
            session.logger.warning("there is no such dialplan context", metadata: ["context": "\(name)"])
            return nil
        }
        return await context.hunt(for: SessionScope(session))
    }
}
