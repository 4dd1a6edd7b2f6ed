import Base
import Logging

/// Running what `execute_on_…` and `api_on_…` name.
extension Session {
    @TaskLocal private static var isInHook = false

    /// Begins what a point of the call's life calls for; it runs beside what told of it, after earlier hooks.
    ///
    /// - Returns: Whether there is anything.
    @discardableResult
    func startHooks(_ hook: CallHook) -> Bool {
        guard !isOver else { return false }
        let actions = hook.actions(in: variables)
        guard !actions.isEmpty else { return false }
        let earlier = hookTask
        hookTask = Task(executorPreference: loop) {
            await earlier?.value
            await self.run(actions)
        }
        return true
    }

    /// Runs what a point of the call's life calls for, and waits for it.
    ///
    /// - Returns: Whether there was anything.
    @discardableResult
    func runHooks(_ hook: CallHook) async -> Bool {
        let isAnything = startHooks(hook)
        await finishHooks()
        return isAnything
    }

    /// Waits for the hooks that were begun, so that the next application finds what they have done.
    func finishHooks() async {
        // A hook's own application does not wait for the hook.
        guard !Self.isInHook, let hookTask else { return }
        await hookTask.value
        if self.hookTask == hookTask { self.hookTask = nil }
    }

    /// Runs an application that a variable names as those of hooks do, after the hooks that run.
    func runHook(_ text: String) async {
        await finishHooks()
        await run([CallHook.application(text)])
    }

    private func run(_ actions: [CallHook.Action]) async {
        await Self.$isInHook.withValue(true) {
            for action in actions where !isOver { await run(action) }
        }
    }

    private func run(_ action: CallHook.Action) async {
        switch action {
        case .application(let name, let data, let isDetached):
            if isDetached {
                Task(executorPreference: loop) { await self.execute(name, data) }
            } else {
                await execute(name, data)
            }
        case .command(let line):
            let text = await expand(line)
            let answer = await softswitch.execute(command: text, for: self)
            noteHook("api_on", text, answer)
        }
    }

    /// Tells the log what a command of a hook has answered: nobody else sees that it has failed.
    func noteHook(_ hook: String, _ line: String, _ answer: String) {
        let level: Logger.Level = answer.hasPrefix("-ERR") || answer.hasPrefix("-USAGE") ? .error : .debug
        logger.log(level: level, "hook", metadata: ["hook": "\(hook)", "command": "\(line)", "answer": "\(answer)"])
    }
}
