import Base
import Glibc
import Logging
import MediaEngine

/// Recordings of the call that go on beside whatever the channel does: `record_session`, `uuid_record`.
extension Session {
    /// How many go on at the same time at most.
    static let callRecordingLimit = 8

    /// Begins to record both sides of the call into a file.
    ///
    /// - Throws: ``ApplicationError`` when there is no audio or the file cannot be written.
    public func startRecording(_ request: RecordingRequest) async throws {
        let path = recordingPath(request.name)
        let settings = CallRecordingSettings(limit: request.limit) { request.variables[$0] ?? variable($0) }
        guard callRecordings[path] == nil else {
            if settings.endsOnRepeat { await endRecording(path, nil) }
            return
        }
        if settings.countsPartners, let partner, await partner.isRecording(path) { return }
        guard let media else { throw ApplicationError("there is no audio to record") }
        guard callRecordings.count < Self.callRecordingLimit else { throw ApplicationError("too many recordings") }
        let sink = try await recordingSink(path, settings)
        guard !isOver, callRecordings[path] == nil else { return sink.finish { _ in } }
        forgetTitles()
        let id = media.record(to: sink, options: settings.options)
        callRecordings[path] = CallRecording(id: id, sink: sink, settings: settings)
        updateRecordings()
        publishListener(.mediaBugStart, "session_record", path)
        publishRecordStart(path)
        startHooks(.recordStart)
    }

    /// The texts of one recording are not those of the next.
    func forgetTitles() {
        for title in SoundTitle.allCases where variables[title.variable] != nil { setVariable(title.variable, nil) }
    }

    /// Ends a recording, or all of them (`all`), and waits until the files are complete.
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    public func stopRecording(_ name: String) async -> Bool {
        let paths = name.lowercased() == "all" ? Array(callRecordings.keys) : [recordingPath(name)]
        let found = paths.filter { callRecordings[$0] != nil }
        for path in found { await endRecording(path, nil) }
        return !found.isEmpty
    }

    /// Records silence in the place of what is said, or no longer does; false when there is no such recording.
    @discardableResult
    public func maskRecording(_ name: String, _ isMasked: Bool) -> Bool {
        changeRecording(name) { $0.isMasked = isMasked }
    }

    /// Leaves out what is said until further notice, or no longer does; false when there is no such recording.
    @discardableResult
    public func pauseRecording(_ name: String, _ isPaused: Bool) -> Bool {
        changeRecording(name) { $0.isPaused = isPaused }
    }

    private func changeRecording(_ name: String, _ change: (inout CallRecording) -> Void) -> Bool {
        let path = recordingPath(name)
        guard var recording = callRecordings[path] else { return false }
        change(&recording)
        callRecordings[path] = recording
        updateRecordings()
        return true
    }

    /// The call was answered, bridged or neither any more: recordings that depend on it go on or wait.
    func updateRecordings() {
        for recording in callRecordings.values {
            media?.setMode(
                recording.mode(isAnswered: isAnswered, isBridged: partner != nil),
                ofRecording: recording.id
            )
        }
    }

    func recordingPath(_ name: String) -> String {
        name.hasPrefix("/") ? name : "\(softswitch.directories.recordings)/\(name)"
    }

    private func isRecording(_ path: String) -> Bool { callRecordings[path] != nil }

    func recordingSink(_ path: String, _ settings: CallRecordingSettings) async throws -> any AudioSink {
        do {
            return try await softswitch.media.audio.createRecording(
                at: path,
                rate: settings.rate ?? codec?.clockRate ?? 8000,
                channels: settings.channels,
                appends: settings.appends,
                titles: settings.titles
            )
        } catch {
            setVariable("record_completion_cause", RecordingVerdict.failure.rawValue)
            throw ApplicationError(
                "cannot record to \(path): \(error)",
                hangupCause: settings.endsCallOnFailure ? .destinationOutOfOrder : nil
            )
        }
    }

    // MARK: - The end

    /// The engine ended a recording by itself.
    func recordingEnded(_ id: RecordingID, _ end: RecordingEnd) {
        guard let path = callRecordings.first(where: { $0.value.id == id })?.key else { return }
        Task(executorPreference: loop) {
            await Session.$runningChannel.withValue(nil) { await self.endRecording(path, end) }
        }
    }

    /// Ends what is recorded, because the call is over.
    func endRecordings() async {
        for path in callRecordings.keys { await endRecording(path, nil) }
    }

    private func endRecording(_ path: String, _ end: RecordingEnd?) async {
        guard let recording = callRecordings.removeValue(forKey: path) else { return }
        media?.stopRecording(recording.id)
        publishListener(.mediaBugStop, "session_record", path)
        let result = await complete(recording.sink)
        let verdict = RecordingVerdict(result, end, recording.settings, rate: recording.sink.rate, isOver: isOver)
        if verdict.isDiscarded { await discard(path) }
        setVariable("record_completion_cause", verdict.rawValue)
        publishRecordStop(path, verdict.rawValue)
        await runHooks(.recordStop)
        await postProcess(path)
        if verdict == .failure, recording.settings.endsCallOnFailure { hangUp(.destinationOutOfOrder) }
    }

    private func discard(_ path: String) async {
        _ = try? await softswitch.media.audio.onFileThread { unlink(path) }
        setVariable("RECORD_DISCARDED", "true")
    }

    /// Waits until a recording's file is complete, and sets the variables about its length.
    func complete(_ sink: any AudioSink) async -> AudioSinkResult {
        let result = await withCheckedContinuation { continuation in
            sink.finish { continuation.resume(returning: $0) }
        }
        let rate = max(sink.rate, 1)
        setVariable("record_samples", String(result.frames))
        setVariable("record_seconds", String(result.frames / rate))
        setVariable("record_ms", String(result.frames * 1000 / rate))
        setVariable("record_file_size", String(result.bytes))
        return result
    }

    /// `record_post_process_exec_app` on the channel, as long as it lives, and `record_post_process_exec_api` anyway.
    private func postProcess(_ path: String) async {
        if !isOver, let application = variable("record_post_process_exec_app") { await runHook(application) }
        guard let command = variable("record_post_process_exec_api") else { return }
        let parts = command.split(separator: ":", maxSplits: 1).map(String.init)
        let line = await expand(parts.joined(separator: " "))
        let answer = await softswitch.execute(command: line, for: self)
        logger.debug("recorded", metadata: ["path": "\(path)", "command": "\(line)", "answer": "\(answer)"])
    }

    func publishRecordStart(_ path: String) {
        softswitch.events.publish(.recordStart) {
            var event = makeEvent(.recordStart)
            event.add("Record-File-Path", path)
            return event
        }
    }

    func publishRecordStop(_ path: String, _ cause: String) {
        softswitch.events.publish(.recordStop) {
            var event = makeEvent(.recordStop)
            event.add("Record-File-Path", path)
            event.add("Record-Completion-Cause", cause)
            return event
        }
    }
}
