import MediaDSP
import Synchronization

/// Opens what a module lets be heard under names of its own, `scheme://name`.
public protocol SoundScheme: Sendable {
    /// Opens a sound.
    ///
    /// - Parameters:
    ///   - name: What follows the scheme.
    ///   - rate: The rate that it will be played at; the source may have another.
    func open(_ name: String, rate: Int) async throws(MediaError) -> any AudioSource
}

/// Opens sound files and pseudo-files for playback, and files for recording.
///
/// Files are touched only on the engine's bounded file threads.
public final class AudioLibrary: Sendable {
    private let pool: BlockingPool
    private let cache: ClipCache
    private let schemes = Mutex<[String: any SoundScheme]>([:])

    /// Files that are shorter than this many seconds when decoded are kept in memory whole.
    private static let clipSeconds = 60
    private static let queueLimit = 4096
    private static let maximumSequence = 128

    init(threads: Int, cacheBytes: Int) {
        pool = BlockingPool(threads: threads, queueLimit: Self.queueLimit)
        cache = ClipCache(byteLimit: cacheBytes)
    }

    /// Opens something to be played at `rate`.
    ///
    /// - Parameter name: a path, perhaps with `@@` and the sample to begin at; `tone_stream://` with TGML;
    ///   `silence_stream://` with milliseconds; `file_string://` with several of these between `!`; a scheme of a module.
    public func open(_ name: String, rate: Int = 8000) async throws(MediaError) -> any AudioSource {
        guard Resampler.rates.contains(rate) else { throw .invalidSource(name) }
        if let list = Self.rest(of: name, after: "file_string://") {
            let parts = list.split(separator: "!")
            guard !parts.isEmpty, parts.count <= Self.maximumSequence else { throw .invalidSource(name) }
            var sources: [any AudioSource] = []
            for part in parts { sources.append(try await openSingle(String(part), rate: rate)) }
            return SequenceSource(sources)
        }
        return try await openSingle(name, rate: rate)
    }

    /// Lets names with a scheme be opened by a module, or no longer.
    public func register(_ scheme: (any SoundScheme)?, as name: String) {
        schemes.withLock { $0[name] = scheme }
    }

    /// A sound that many hear at the same place; it is read at `rate` Hz.
    package func share(_ feed: any SoundFeed, rate: Int) -> SharedSound {
        SharedSound(feed, rate: rate, pool: pool)
    }

    /// Creates a file of 16-bit samples for a recording, by default WAV; `appends` continues one that exists.
    ///
    /// Missing directories are created.
    public func createRecording(
        at path: String,
        rate: Int = 8000,
        channels: Int = 1,
        appends: Bool = false,
        titles: [SoundTitle: String] = [:]
    ) async throws(MediaError) -> any AudioSink {
        guard (1...2).contains(channels), Resampler.rates.contains(rate) else { throw .invalidSource(path) }
        let pool = pool
        return try await pool.run {
            Self.result { () throws(MediaError) -> any AudioSink in
                let file = try SoundFile(
                    writing: path,
                    rate: rate,
                    channels: channels,
                    appends: appends,
                    titles: titles
                )
                return FileSink(file, pool: pool)
            }
        }
    }

    /// Runs something else that waits for files on one of the library's threads.
    public func onFileThread<Value: Sendable>(
        _ work: @escaping @Sendable () -> Value
    ) async throws(MediaError) -> Value {
        try await pool.run { .success(work()) }
    }

    func shutdown() {
        pool.stop()
    }

    private func openSingle(_ name: String, rate: Int) async throws(MediaError) -> any AudioSource {
        if let script = Self.rest(of: name, after: "tone_stream://") {
            guard let script = ToneScript(script) else { throw .invalidSource(name) }
            return ToneSource(script, rate: rate)
        }
        if let text = Self.rest(of: name, after: "silence_stream://") {
            let numbers = text.split(separator: ",").map { Int($0) }
            guard let milliseconds = numbers.first ?? nil, numbers.count <= 2 else { throw .invalidSource(name) }
            let divisor = numbers.count == 2 ? numbers[1] ?? 0 : 0
            return SilenceSource(milliseconds: milliseconds, divisor: divisor, rate: rate)
        }
        if let mark = name.firstRange(of: "://"),
            let scheme = schemes.withLock({ $0[String(name[..<mark.lowerBound])] })
        {
            return try await scheme.open(String(name[mark.upperBound...]), rate: rate)
        }
        let (path, offset) = Self.offset(in: Self.rest(of: name, after: "file://") ?? name)
        let (pool, cache) = (pool, cache)
        return try await pool.run {
            Self.result { () throws(MediaError) -> any AudioSource in
                try Self.openFile(path, offset, rate, pool, cache)
            }
        }
    }

    /// Runs on a file thread.
    private static func openFile(
        _ path: String,
        _ offset: Int,
        _ rate: Int,
        _ pool: BlockingPool,
        _ cache: ClipCache
    ) throws(MediaError) -> any AudioSource {
        guard let version = FileVersion(path) else { throw .file(path: path, "no such file") }
        let key = ClipCache.Key(path: path, rate: rate, version: version)
        if let clip = cache.clip(for: key) { return ClipSource(clip, from: offset) }
        let file = try SoundFile(reading: path, rate: rate)
        guard Resampler.rates.contains(file.rate) else { throw .file(path: path, "unsupported sample rate") }
        guard file.frames <= file.rate * clipSeconds else {
            file.seek(to: offset * file.rate / rate)
            let source = FileSource(try SoundReader(file, rate: rate), rate: rate, pool: pool)
            source.prime()
            return source
        }
        let clip = Clip(rate: rate, samples: decode(file, rate: rate))
        cache.insert(clip, for: key)
        return ClipSource(clip, from: offset)
    }

    private static func decode(_ file: borrowing SoundFile, rate: Int) -> [Int16] {
        // A header that lies about its length must not make us read for ever.
        let samples = file.readMono(frames: min(file.frames, file.rate * clipSeconds))
        guard file.rate != rate, var resampler = Resampler(from: file.rate, to: rate) else { return samples }
        var output = [Int16](repeating: 0, count: resampler.maximumOutput(for: samples.count))
        var span = output.mutableSpan
        let count = resampler.process(samples.span, into: &span)
        return Array(output[..<count])
    }

    private static func rest(of name: String, after prefix: String) -> String? {
        name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil
    }

    /// Takes `path@@samples` apart.
    private static func offset(in name: String) -> (path: String, offset: Int) {
        guard let last = name.lastIndex(of: "@"), last > name.startIndex, name[name.index(before: last)] == "@",
            let offset = Int(name[name.index(after: last)...]), (0...Int(Int32.max)).contains(offset)
        else { return (name, 0) }
        return (String(name[..<name.index(before: last)]), offset)
    }

    private static func result<Value>(_ body: () throws(MediaError) -> Value) -> Result<Value, MediaError> {
        do throws(MediaError) {
            return .success(try body())
        } catch {
            return .failure(error)
        }
    }
}
