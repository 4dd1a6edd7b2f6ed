import Base
import Logging
import MediaEngine

/// What others ask of the channel.
extension Session {
    /// Asks the channel for something; it is done on the channel's own task when that next waits.
    ///
    /// - Returns: Whether it was taken; not when the channel is over or too much is waiting.
    @discardableResult
    public func post(_ message: SessionMessage) -> Bool {
        guard !isOver, messages.add(message) else { return false }
        wake()
        // A called leg has no task as long as nobody wants anything of it.
        if state != .new, state != .initializing { startRunning() }
        return true
    }

    /// Gives up what others asked for and the channel has not begun.
    func forgetMessages() {
        for message in messages.removeAll() { message.completion?() }
    }

    func perform(_ message: SessionMessage) async {
        switch message.command {
        case .execute(let application, let data):
            if message.holdsPartner {
                await keepingPartnerWaitingWithOwnMusic { await $0.execute(application, data, of: message) }
            } else {
                await execute(application, data, of: message)
            }
        case .hangUp(let cause):
            hangUp(cause)
        case .bypassMedia(let id):
            if await softswitch.sessions[id]?.bypassMedia() != true {
                logger.error("media stay in the switch", metadata: ["of": "\(id)"])
            }
        case .unicast(let request):
            do { try beginUnicast(request) } catch { logger.error("\(error)") }
        case .divert(let route):
            run(route)
        }
        messages.ended(message)
        message.completion?()
        wake()
    }

    private func execute(_ application: String, _ data: String, of message: SessionMessage) async {
        if message.leadFrames > 0 {
            try? await sleep(for: .milliseconds(20 * message.leadFrames))
        }
        let before = state
        var left = message.loops
        while left != 0, !isOver, !Task.isCancelled {
            await execute(application, data, as: message.identity)
            left -= left > 0 ? 1 : 0
            // An application that gives its work to nobody must not keep the loop for itself.
            if left != 0 { await Task.yield() }
        }
        // What was run may have sent the channel elsewhere: then it leaves what it did.
        if state != before, needsTask { stateTask?.cancel() }
    }
}
