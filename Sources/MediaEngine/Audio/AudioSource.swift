/// What one read of a source gave.
public enum AudioRead: Hashable, Sendable {
    /// So many samples were written; the rest of the buffer is to be filled by further reads or silence.
    case samples(Int)
    /// Nothing is there yet (a slow disk); silence is sent meanwhile.
    case starved
    /// There is no more.
    case finished
}

/// Something that gives mono samples to a playback.
///
/// Reads happen on a media loop every few milliseconds: they must not block, wait for locks held long, or allocate.
public protocol AudioSource: AnyObject, Sendable {
    /// The rate of the samples in Hz; the playback resamples when the stream's differs.
    var rate: Int { get }

    /// Writes as many samples as there are, at most `samples.count`.
    func read(into samples: UnsafeMutableBufferPointer<Int16>) -> AudioRead

    /// Goes on at a sample of its own, counted from its beginning at ``rate``; false where a source cannot.
    func seek(to sample: Int) -> Bool

    /// The playback is over: whatever the source holds can be let go.
    func close()
}

extension AudioSource {
    /// What has no end has no beginning either.
    public func seek(to sample: Int) -> Bool { false }
}
