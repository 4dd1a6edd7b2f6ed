import Base
import Logging
import MediaEngine

/// Recordings that go on with the call when the channel that they began on leaves it (`recording_follow_transfer`).
extension Session {
    /// What the channel that goes on needs of this one's variables.
    private static let variablesOfRecordings = [
        "recording_follow_transfer", "record_post_process_exec_app", "record_post_process_exec_api",
    ]

    /// Has what is recorded here go on at another channel of the call, in the same files.
    func handOverRecordings(to other: Session) async {
        guard isTrue("recording_follow_transfer") else { return }
        let values = Self.variablesOfRecordings.map { (name: $0, value: variable($0)) }
        for path in callRecordings.keys.sorted() {
            guard let recording = callRecordings.removeValue(forKey: path) else { continue }
            media?.stopRecording(recording.id)
            _ = await complete(recording.sink)
            publishRecordStop(path, RecordingVerdict.success.rawValue)
            await other.goOn(recording, at: path, values)
        }
    }

    /// Goes on with another channel's recording.
    private func goOn(_ old: CallRecording, at path: String, _ values: [(name: String, value: String?)]) async {
        for (name, value) in values where variable(name) == nil { setVariable(name, value) }
        var settings = old.settings
        (settings.appends, settings.rate) = (true, old.sink.rate)
        // What that channel heard, this one says.
        let (takesSent, takesReceived) = (settings.options.takesSent, settings.options.takesReceived)
        (settings.options.takesSent, settings.options.takesReceived) = (takesReceived, takesSent)
        if settings.channels == 2 { settings.options.swapsChannels.toggle() }
        guard !isOver, let media, callRecordings[path] == nil, callRecordings.count < Self.callRecordingLimit,
            let sink = try? await recordingSink(path, settings)
        else {
            logger.warning("a recording does not go on", metadata: ["path": "\(path)"])
            return
        }
        guard !isOver, callRecordings[path] == nil else { return sink.finish { _ in } }
        var recording = CallRecording(
            id: media.record(to: sink, options: settings.options),
            sink: sink,
            settings: settings
        )
        (recording.isMasked, recording.isPaused) = (old.isMasked, old.isPaused)
        callRecordings[path] = recording
        updateRecordings()
        publishRecordStart(path)
    }
}
