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
    private let files = DialplanFiles()

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
        files.removeAll()
    }

    /// Finds the route for a call in the context of its caller profile.
    public func hunt(_ session: isolated Session, argument: String?) async -> DialplanRoute? {
        let name = session.profile.context
        if let argument {
            let found = await contexts(in: argument, session.logger)
            guard let section = found else { return nil }
            guard let context = library.context(named: name, in: section) else {
                session.logger.warning("there is no such dialplan context", metadata: ["context": "\(name)"])
                return nil
            }
            return await context.hunt(for: SessionScope(session))
        }
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

    /// What has the contexts of a file of its own; the log says why there is nothing.
    private func contexts(in path: String, _ logger: Logger) async -> XMLNode? {
        let files = files
        let result = await softswitch.onFileThread { files.section(of: path) }
        switch result {
        case .success(let section)?: return section
        case .failure(let failure)?: logger.error("\(failure)")
        case nil: logger.error("too many files are being read", metadata: ["path": "\(path)"])
        }
        return nil
    }
}
