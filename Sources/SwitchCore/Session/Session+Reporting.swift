import Base
import Logging
import MediaEngine

/// The channel's last words: the variables that CDRs and `CHANNEL_HANGUP_COMPLETE` carry, and who gets them.
extension Session {
    /// How long the media loop may take for the figures of a stream that ends.
    private static let statisticsTimeout = Duration.seconds(1)

    /// Whether the report has to wait for something: figures of the media, or somebody who takes a report.
    var hasMuchToReport: Bool {
        let isHeard = !softswitch.reporters.isEmpty || softswitch.events.wants(.channelHangupComplete)
        return isHeard && (media != nil || !softswitch.reporters.isEmpty)
    }

    /// Sets the variables that are final now: the audio's figures and the times.
    func settle() async {
        if let figures = await statistics(closing: true) { note(figures) }
        settleTimes()
    }

    /// Reports the channel to everybody who wants to hear of it.
    func report() async {
        if isRecorded {
            for reporter in softswitch.reporters.all { await reporter.report(self) }
        }
        await runEndHook(.reporting)
        publishHangupComplete()
    }

    /// Tells that nothing more comes of the channel.
    func publishHangupComplete() {
        softswitch.events.publish(.channelHangupComplete) {
            var event = makeEvent(.channelHangupComplete)
            if isTrue("hangup_complete_with_xml") { event.body = document }
            return event
        }
    }

    private var document: String? {
        for reporter in softswitch.reporters.all {
            if let document = reporter.document(of: self) { return document }
        }
        return nil
    }

    /// Whether CDRs are wanted of this channel: `process_cdr` (true, false, a_only, b_only) and `skip_cdr_causes`.
    private var isRecorded: Bool {
        if let text = variables["skip_cdr_causes"], let hangupCause, let causes = CauseList(text) {
            if causes.contains(hangupCause) { return false }
        }
        switch variables["process_cdr"]?.lowercased() {
        case nil: return true
        case "a_only": return !history.isCalledLeg
        case "b_only": return history.isCalledLeg
        case let word?: return word.isTrueSetting
        }
    }

    // MARK: - Times

    /// Sets the variables of the call's times.
    func settleTimes() {
        let times = profile.times
        let moments = [
            ("start", times.created), ("profile_start", times.profileCreated), ("answer", times.answered),
            ("bridge", times.bridged), ("last_hold", times.lastHold), ("resurrect", 0), ("progress", times.progress),
            ("progress_media", times.progressMedia), ("end", times.hungUp),
        ]
        for (name, time) in moments {
            // The one whose stamp has another name than its epoch.
            let stamp = name == "last_hold" ? "hold_stamp" : name + "_stamp"
            if time != 0 { setVariable(stamp, Clock.text("%Y-%m-%d %T", seconds: time / 1_000_000)) }
            setVariable("\(name)_epoch", String(time / 1_000_000))
            setVariable("\(name)_uepoch", String(time))
        }
        setVariable("hold_accum_seconds", String(times.holdAccumulated / 1_000_000))
        setVariable("hold_accum_ms", String(times.holdAccumulated / 1_000))
        setVariable("hold_accum_usec", String(times.holdAccumulated))
        setVariable("caller_id", "\"\(profile.callerIDName)\" <\(profile.callerIDNumber)>")
        for span in Self.spans(of: times) { noteSpan(span.name, from: span.begin, to: span.end) }
    }

    /// The spans of a call that are billed or measured; one whose end never came is 0.
    private static func spans(of times: CallTimes) -> [(name: String, begin: Int64, end: Int64)] {
        [
            ("duration", times.created, times.hungUp), ("bill", times.answered, times.hungUp),
            ("progress", times.created, times.progress), ("answer", times.created, times.answered),
            ("wait", times.created, times.bridged), ("progress_media", times.created, times.progressMedia),
            ("flow_bill", times.answered == 0 ? 0 : times.created, times.hungUp),
        ]
    }

    /// Sets a span in seconds, milliseconds and microseconds.
    ///
    /// The difference is taken of the moments in the unit, as a reader of `start_epoch` and `end_epoch` takes it: a
    /// call from 9.8 s to 10.1 s has a duration of 1 s.
    private func noteSpan(_ name: String, from begin: Int64, to end: Int64) {
        let names =
            name == "duration" ? ("duration", "mduration", "uduration") : (name + "sec", name + "msec", name + "usec")
        for (name, unit) in [(names.0, Int64(1_000_000)), (names.1, 1_000), (names.2, 1)] {
            let isOver = begin != 0 && end != 0
            setVariable(name, String(isOver ? max(end / unit - begin / unit, 0) : 0))
        }
    }

    // MARK: - Media

    /// Sets the variables of the audio's figures as they are now (`uuid_set_media_stats`).
    public func noteMediaFigures() async {
        if let figures = await statistics(closing: false) { note(figures) }
    }

    /// The figures of the audio, unless there is none or the media loop does not answer in time.
    ///
    /// - Parameter closing: Whether the audio ends here.
    func statistics(closing: Bool) async -> MediaStatistics? {
        guard let media else { return nil }
        let statistics = await loop.answer(within: Self.statisticsTimeout) { reply in
            media.askStatistics(reply)
            // Both in one turn of the media loop.
            if closing { media.close() }
        }
        if statistics == nil { logger.warning("the media loop does not tell the figures of the stream") }
        return statistics
    }

    private func note(_ statistics: MediaStatistics) {
        history.statistics = statistics
        for (name, value) in AudioFigures(statistics).inbound { setVariable("rtp_audio_in_\(name)", value) }
        for (name, value) in AudioFigures(statistics).outbound { setVariable("rtp_audio_out_\(name)", value) }
    }
}
