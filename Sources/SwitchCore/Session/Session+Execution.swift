import Base
import Logging

/// Running applications: one, or an extension's list of them.
extension Session {
    /// How many scope variables (`%[a=b]data`) one application may have.
    static let scopeVariableLimit = 64

    /// Runs the applications of the extension that the dialplan found, then hangs up.
    func executeExtension() async {
        guard let found = pendingRoute else {
            hangUp(.noRouteDestination)
            return
        }
        pendingRoute = nil
        currentRoute = found
        await run(found.actions, while: .execute, at: history.notePassage(found, of: profile))
        // Something else took the channel: a transfer, a park, another extension.
        guard !isOver, state == .execute, pendingRoute == nil, !Task.isCancelled else { return }
        hangUp(.normalClearing)
    }

    /// Runs a list of applications for as long as the channel stays in the state that it is in now.
    ///
    /// - Parameter place: Where its history tells how far it came.
    func run(_ actions: [DialplanAction], while expected: ChannelState, at place: CallHistory.Place?) async {
        for (index, action) in actions.enumerated() {
            if isOver, runsAfterEnd, executionDepth == 0 { leftActions = Array(actions.dropFirst(index)) }
            guard !isOver, state == expected, !Task.isCancelled else { return }
            if let place { history.noteStep(index, at: place) }
            await execute(action.application, action.data)
        }
    }

    /// Lets what is left of the extension at the end of the call run, as far as it may run then (`set_zombie_exec`).
    public func runAfterEnd() { runsAfterEnd = true }

    /// Runs what was left of the extension when the call ended.
    func runLeftActions() async {
        let actions = leftActions
        leftActions = []
        for action in actions { await execute(action.application, action.data) }
    }

    /// An application is not there: the log and `missing_application` name it.
    public func noteMissing(_ name: String, _ data: String) {
        logger.error("not in this version: \(name)", metadata: ["data": "\(data)"])
        setVariable("missing_application", name)
    }

    /// Runs one application by name, as an action of the dialplan does.
    ///
    /// - Parameter identity: What the events of the execution are known by; one is made when it is `nil`.
    public func execute(_ name: String, _ data: String, as identity: ExecutionIdentity? = nil) async {
        guard let application = softswitch.applications[name] else {
            noteMissing(name, data)
            hangUp(.destinationOutOfOrder)
            return
        }
        guard mayRun(application) else { return }
        if !isOver, !application.traits.contains(.noMedia) {
            if passesMedia { _ = await reclaimMedia() }
            preAnswer()
        }
        let saved = scopeVariables
        let data = await prepare(data)
        // The call may have ended meanwhile: what an expression asks for can take its time.
        if mayRun(application) { await perform(application, data, as: identity) }
        scopeVariables = saved
        await finishHooks()
    }

    /// The data as the application gets it: expanded, and without the variables of its own (`%[a=b]`), which are set then.
    ///
    /// With `app_disable_expand_variables` it gets what is written.
    private func prepare(_ data: String) async -> String {
        guard !isTrue("app_disable_expand_variables") else { return data }
        let split = ScopeVariables.split(data)
        scopeVariables += split.variables.prefix(Self.scopeVariableLimit).map { ($0.name, $0.value) }
        let bytes = split.data.utf8
        guard bytes.contains(UInt8(ascii: "$")) || bytes.contains(UInt8(ascii: "\\")) else { return split.data }
        return await expand(split.data)
    }

    /// Whether the application may run now: after the end of the call, some may only.
    private func mayRun(_ application: Application) -> Bool {
        if !isOver || application.traits.contains(.zombie) { return true }
        logger.debug("the call is over", metadata: ["application": "\(application.name)"])
        return false
    }

    /// Runs an application while the dialplan is hunting; only some may.
    func executeInline(_ name: String, _ data: String) async {
        guard let application = softswitch.applications[name], application.traits.contains(.inline) else {
            logger.error("application cannot run inline", metadata: ["application": "\(name)"])
            return
        }
        guard mayRun(application) else { return }
        let saved = scopeVariables
        let data = await prepare(data)
        if mayRun(application) { await perform(application, data) }
        scopeVariables = saved
    }

    private func perform(_ application: Application, _ data: String, as given: ExecutionIdentity? = nil) async {
        let identity = given ?? ExecutionIdentity(softswitch.events.wantsExecution ? softswitch.makeUUID() : "")
        history.noteExecution(of: application.name, data, at: softswitch.wallClock())
        setVariable("current_application", application.name)
        setVariable("current_application_data", data)
        setVariable("current_application_response", nil)
        publishExecution(.channelExecute, application, data, identity)
        do {
            try await application.body(self, data)
        } catch let error as ApplicationError {
            logger.error("\(error)", metadata: ["application": "\(application.name)"])
            if let cause = error.hangupCause { hangUp(cause) }
        } catch is CancellationError {
            // The call ended or was sent elsewhere: nothing is wrong.
        } catch {
            logger.error("application failed", metadata: ["application": "\(application.name)", "error": "\(error)"])
        }
        setVariable("last_app", application.name)
        setVariable("last_arg", data)
        publishExecution(.channelExecuteComplete, application, data, identity)
    }

    private func publishExecution(
        _ name: EventName,
        _ application: Application,
        _ data: String,
        _ identity: ExecutionIdentity
    ) {
        softswitch.events.publish(name) {
            var event = makeEvent(name)
            event.add("Application", application.name)
            event.add("Application-Data", data)
            if name == .channelExecuteComplete {
                event.add("Application-Response", variables["current_application_response"] ?? "_none_")
            }
            event.add("Application-UUID", identity.uuid)
            if let name = identity.name { event.add("Application-UUID-Name", name) }
            return event
        }
    }
}

/// What the events of one execution of an application are known by.
public struct ExecutionIdentity: Sendable, Hashable {
    /// `Application-UUID`.
    public var uuid: String
    /// `Application-UUID-Name`, where whoever asked for the execution gave one.
    public var name: String?

    /// The identity of an execution.
    public init(_ uuid: String, name: String? = nil) {
        (self.uuid, self.name) = (uuid, name)
    }
}

extension EventBus {
    fileprivate var wantsExecution: Bool { wants(.channelExecute) || wants(.channelExecuteComplete) }
}
