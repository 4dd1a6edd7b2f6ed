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
        let section = await softswitch.xml.locate(
            section: .dialplan,
            tag: "",
            key: "",
            value: "",
            parameters: session.huntParameters
        )
        guard let section, let context = library.context(named: name, in: section) else {
            session.logger.warning("there is no such dialplan context", metadata: ["context": "\(name)"])
            return nil
        }
        return await context.hunt(for: SessionScope(session))
    }
}

extension Session {
    /// What providers are told of a call that is to be routed: a copy of the caller profile as `Hunt-…`.
    fileprivate var huntParameters: [(String, String)] {
        [
            ("Hunt-Dialplan", profile.dialplan), ("Hunt-Context", profile.context),
            ("Hunt-Destination-Number", profile.destinationNumber),
            ("Hunt-Caller-ID-Name", profile.callerIDName), ("Hunt-Caller-ID-Number", profile.callerIDNumber),
            ("Hunt-Username", profile.username), ("Hunt-Network-Addr", profile.networkAddress),
            ("Hunt-Unique-ID", id), ("Hunt-Source", profile.source), ("Hunt-Channel-Name", profile.channelName),
        ]
    }
}
