public import Base
import MediaDSP

/// What a stream does with what it receives when it is not bridged.
public enum EchoMode: Hashable, Sendable {
    /// Nothing.
    case off
    /// Sends it back at once.
    case immediate
    /// Sends it back later; at most ten seconds.
    case delayed(Duration)
}

/// A direction of the audio, seen from here.
public enum AudioDirection: Hashable, Sendable {
    /// What the peer says (`read`).
    case received
    /// What the peer hears (`write`).
    case sent
}

/// A handle on one audio stream: an RTP session, or one half of a virtual pair.
///
/// Methods queue a command for the stream's media loop and return at once; commands of one stream take effect in
/// order. A handle that is dropped closes its stream.
public final class MediaStream: Sendable {
    let control: StreamControl

    /// Names the stream among those of its engine.
    public var id: UInt64 { control.id }
    /// The RTP address and port; `nil` for a virtual stream.
    public var localEndpoint: IPEndpoint? { control.localEndpoint }
    /// The SSRC of the packets that are sent, as long as the stream is there.
    public var ssrc: UInt32 { control.ssrc }

    init(_ control: StreamControl) {
        self.control = control
    }

    deinit {
        control.post(.close)
    }

    /// Sets who hears of events; called on the media loop or by whoever asks too late, so it must only hop.
    public func setEventHandler(_ handler: @escaping @Sendable (MediaEvent) -> Void) {
        control.post(.setHandler(handler))
    }

    /// Applies what an offer and answer settled; the peer's address is learned anew.
    public func update(_ parameters: MediaParameters) {
        control.post(.update(parameters))
    }

    /// Hands everything on to the stream that it is bridged with, if that does likewise, whatever is in it: nobody looks
    /// into the packets, so nothing can be played, heard or recorded.
    public func relay(_ parameters: RelayParameters) {
        control.post(.relay(parameters))
    }

    /// Relays audio and keys between this stream and another, in both directions; ends what bridges they had.
    ///
    /// Formats that are the same are forwarded without decoding, others transcoded. A playback that is not mixed, or
    /// digits being sent to one side, have precedence over what the other side says.
    public func bridge(to other: MediaStream) {
        guard other.control !== control else { return }
        control.topology.bridge(control, other.control)
    }

    /// Whether a bridge with another stream is wanted, whatever the loops have done about it yet.
    public var isBridged: Bool { control.topology.peer(of: control) != nil }

    /// Ends the bridge, if there is one.
    public func unbridge() {
        control.topology.unbridge(control)
    }

    /// Plays `source` to the peer from now on, instead of the playback of the same mode before.
    public func play(_ source: any AudioSource, _ mode: PlaybackMode = .alone) -> PlaybackID {
        let id = PlaybackID(number: control.nextNumber())
        control.post(.play(id, source, mode))
        return id
    }

    /// Ends a playback; nothing happens when it is over already.
    public func stopPlayback(_ id: PlaybackID) {
        control.post(.stopPlayback(id))
    }

    /// Lets a playback stand still, be louder or go on elsewhere; nothing happens when it is over already.
    public func change(_ id: PlaybackID, _ change: PlaybackChange) {
        control.post(.changePlayback(id, change))
    }

    /// Records into `sink`, besides other recordings.
    ///
    /// What is relayed meanwhile stays as it is: a recording decodes a copy.
    public func record(to sink: any AudioSink, options: RecordingOptions = RecordingOptions()) -> RecordingID {
        let id = RecordingID(number: control.nextNumber())
        control.post(.record(id, sink, options))
        return id
    }

    /// Ends a recording; nothing happens when it is over already.
    public func stopRecording(_ id: RecordingID) {
        control.post(.stopRecording(id))
    }

    /// Lets a recording pause, record silence, or go on; it begins by recording.
    public func setMode(_ mode: RecordingMode, ofRecording id: RecordingID) {
        control.post(.setMode(id, mode))
    }

    /// Makes everything in one direction louder or quieter from now on, for whoever listens too.
    ///
    /// - Parameter factor: 1 leaves it as it is and costs nothing, 0 is silence; at most 8.
    public func setLevel(_ factor: Double, of direction: AudioDirection) {
        control.post(.setLevel(Level.factor(factor), direction))
    }

    /// Looks for keys in the audio of the peer (`start_dtmf`), or no longer does.
    public func detectKeys(_ isOn: Bool) {
        control.post(.detectKeys(isOn))
    }

    /// Reports the peer's telephone-events and does not relay them in a bridge (`bridge_filter_dtmf`), or relays them again.
    public func keepKeys(_ isOn: Bool) {
        control.post(.keepKeys(isOn))
    }

    /// Does not relay the other side's telephone-events to the peer in a bridge (`uuid_drop_dtmf`), or does again.
    public func refuseKeys(_ isOn: Bool) {
        control.post(.refuseKeys(isOn))
    }

    /// Sends keys to the peer as tones in the audio, whatever was negotiated (`start_dtmf_generate`): those that are sent, and
    /// those of the other side of a bridge once they have ended; or no longer does.
    public func speakKeys(_ isOn: Bool) {
        control.post(.speakKeys(isOn))
    }

    /// Waits for a silence of the peer and then reports it once; `nil` waits no longer.
    public func awaitSilence(_ options: SilenceOptions?) {
        control.post(.awaitSilence(options))
    }

    /// How far the silence is that is waited for, or was when it was there; nothing where none is waited for.
    public func silenceProgress() async -> SilenceProgress {
        await withCheckedContinuation { continuation in
            control.post(.silenceProgress { continuation.resume(returning: $0) })
        }
    }

    /// Listens for a tone until it has been heard often enough, which is then reported; at most 16 at a time.
    public func watch(for tone: ToneOptions) -> ToneWatchID {
        let id = ToneWatchID(number: control.nextNumber())
        control.post(.watchTone(id, tone))
        return id
    }

    /// Listens no longer for a tone.
    public func stopWatching(_ id: ToneWatchID) {
        control.post(.stopWatching(id))
    }

    /// Delays what arrives, so that it goes on evenly; `nil` no longer does.
    public func setJitterBuffer(_ options: JitterOptions?) {
        control.post(.setJitter(options))
    }

    /// Sends what arrives back to the peer.
    public func setEcho(_ mode: EchoMode) {
        control.post(.setEcho(mode))
    }

    /// Sends keys (`0`–`9`, `*`, `#`, `A`–`D`, `F` flash; `w` waits 500 ms, `W` 1 s) one after the other.
    ///
    /// They go as telephone-events (RFC 4733), or as tones where those were not negotiated. At most 128 wait.
    public func sendDTMF(_ digits: String, duration: Duration = .milliseconds(250)) {
        control.post(.sendDTMF(Array(digits.utf8.prefix(DTMFQueue.limit)), duration))
    }

    /// The counters of the stream at this moment; all zero once it is closed.
    public func statistics() async -> MediaStatistics {
        await withCheckedContinuation { continuation in
            askStatistics { continuation.resume(returning: $0) }
        }
    }

    /// Has the counters told on the media loop, or at once when the stream is closed.
    public func askStatistics(_ reply: @escaping @Sendable (MediaStatistics) -> Void) {
        control.post(.statistics(reply))
    }

    /// Ends everything that goes on and closes the sockets; what is asked for afterwards is over at once.
    public func close() {
        control.post(.close)
    }
}
