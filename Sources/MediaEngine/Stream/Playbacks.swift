/// How a playback gets along with the others to the same peer, and with what is relayed to it.
public enum PlaybackMode: Hashable, Sendable, CaseIterable {
    /// The peer hears the playback in the place of what is relayed: what a channel plays itself.
    case alone
    /// The peer hears both, which costs decoding and encoding as long as it lasts.
    case mixed
    /// The peer hears the playback in the place of what is relayed, as long as no other is played: music to wait by.
    case beneath
    /// The peer hears the playback in the place of everything else, which goes on unheard meanwhile (`displace_session`).
    case instead
}

/// What is played to a stream's peer: at most one playback of each mode.
struct Playbacks {
    private(set) var mixed: Playback?
    private var beneath: Playback?
    private var alone: Playback?
    private var instead: Playback?

    /// Whether something is heard in the place of what is relayed.
    var areInPlace: Bool { top != nil }

    /// Whether there is any.
    var areActive: Bool { top != nil || mixed != nil }

    /// The one that is heard of those that are not mixed.
    var top: Playback? { instead ?? alone ?? beneath }

    /// Those that go on unheard beside ``top``.
    var unheard: (Playback?, Playback?) {
        if instead != nil { return (alone, beneath) }
        return (alone == nil ? nil : beneath, nil)
    }

    /// The playback of a mode.
    subscript(_ mode: PlaybackMode) -> Playback? {
        get {
            switch mode {
            case .alone: alone
            case .mixed: mixed
            case .beneath: beneath
            case .instead: instead
            }
        }
        set {
            switch mode {
            case .alone: alone = newValue
            case .mixed: mixed = newValue
            case .beneath: beneath = newValue
            case .instead: instead = newValue
            }
        }
    }

    /// The playback of that name.
    subscript(_ id: PlaybackID) -> Playback? {
        PlaybackMode.allCases.lazy.compactMap { self[$0] }.first { $0.id == id }
    }

    /// Takes a playback out.
    mutating func remove(_ id: PlaybackID) -> Playback? {
        for mode in PlaybackMode.allCases {
            guard let playback = self[mode], playback.id == id else { continue }
            self[mode] = nil
            return playback
        }
        return nil
    }

    /// The stream has another rate from now on.
    func changeRate(to rate: Int) {
        for mode in PlaybackMode.allCases { self[mode]?.changeRate(to: rate) }
    }
}

/// What is done to a playback while it goes on.
public enum PlaybackChange: Hashable, Sendable {
    /// It stands still, or goes on.
    case togglePause
    /// It is louder or quieter by a factor, of which 1 leaves it as it is; at most 8.
    case volume(Double)
    /// It is faster or slower, and so higher or lower: −2 to 2, where 0 leaves it as it is.
    case speed(Int)
    /// The same, counted from the speed that it has.
    case faster(Int)
    /// It goes on so many milliseconds further, or earlier.
    case move(milliseconds: Int)
    /// It goes on so many milliseconds after its beginning.
    case seek(milliseconds: Int)
}
