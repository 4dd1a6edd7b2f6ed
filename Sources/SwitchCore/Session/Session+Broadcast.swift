import Base
import MediaEngine

/// Applications that are run beside what the channel does: `uuid_broadcast`.
extension Session {
    /// How many applications may wait for those before them.
    public static let broadcastLimit = 128

    /// Runs an application beside whatever the channel does, after those that were asked for before.
    ///
    /// - Returns: Whether it will be run.
    @discardableResult
    public func broadcast(_ application: String, _ data: String) -> Bool {
        guard !isOver, broadcasts.count < Self.broadcastLimit else { return false }
        broadcasts.append(DialplanAction(application: application, data: data))
        guard !isBroadcasting else { return true }
        isBroadcasting = true
        Task(executorPreference: loop) { await self.runBroadcasts() }
        return true
    }

    private func runBroadcasts() async {
        while !isOver, !broadcasts.isEmpty {
            let action = broadcasts.removeFirst()
            let before = state
            let task = Task(executorPreference: loop) { await self.execute(action.application, action.data) }
            broadcastTask = task
            await task.value
            broadcastTask = nil
            if state != before { followOwnWay() }
        }
        isBroadcasting = false
    }

    /// What was broadcast may have sent the channel elsewhere: then it leaves what it did.
    private func followOwnWay() {
        guard !isOver, state == .routing || state == .park, let stateTask else { return }
        stateTask.cancel()
        startRunning()
    }

    func endBroadcasts() {
        broadcasts = []
        broadcastTask?.cancel()
    }

    /// Ends the broadcast that runs, or else the sound that is played; `all` forgets the broadcasts that wait as well.
    public func breakSounds(all: Bool) {
        if all { broadcasts = [] }
        if let broadcastTask {
            broadcastTask.cancel()
        } else if let sound = sounds.last {
            media?.stopPlayback(sound)
        }
    }
}
