import Base
public import Logging
import MediaEngine
public import SwitchCore
public import XMLConfig

extension Switch {
    /// A switch on a simulated loop, with its configuration as text.
    ///
    /// - Parameters:
    ///   - ports: Where its audio may be; suites that run at the same time have different ones.
    ///   - seed: Where its random numbers come from.
    ///   - report: Receives the failures of providers of XML.
    public static func simulated(
        on loop: SimulatedLoop,
        xml: String,
        ports: ClosedRange<UInt16>,
        modules: [ModuleEntry],
        seed: UInt64 = 1,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        log: LogOutputs = LogOutputs(),
        report: @escaping @Sendable (Diagnostic) -> Void = { _ in }
    ) throws -> Switch {
        var media = MediaEngineConfiguration()
        media.loops = 1
        media.ports = ports
        return Switch(
            version: "test",
            directories: Directories(base: "/nonexistent"),
            configuration: SwitchConfiguration(),
            xml: XMLRegistry(root: try XMLDocument.parse(Array(xml.utf8), named: "test"), report: report),
            media: try MediaEngine(configuration: media),
            loops: LoopGroup(loop),
            catalogue: ModuleCatalogue(modules),
            logger: logger,
            log: log,
            clock: { loop.now.nanoseconds / 1000 },
            generator: SeededGenerator(seed: seed)
        )
    }

    /// Calls an extension of the context `default` through `loopback/`: the channel that is routed there.
    public func callInside(_ number: String, on loop: SimulatedLoop) throws -> Session {
        let session = loop.run { () -> Session? in
            let request = OutgoingCall(
                destination: number,
                variables: Variables(),
                profile: CallerProfile(),
                originator: nil,
                loop: loop,
                preferredCodecs: nil,
                observer: { _, _ in }
            )
            guard case .session(let leg)? = await self.endpoints["loopback"]?.call(request) else { return nil }
            return self.sessions[await leg.variable("other_loopback_leg_uuid") ?? ""]
        }
        guard let session = session ?? nil else { throw NoCall() }
        return session
    }
}

/// There was no call: the endpoint refused it, or nobody was routed.
public struct NoCall: Error {}
