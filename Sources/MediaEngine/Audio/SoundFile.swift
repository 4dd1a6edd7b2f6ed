import Base
import CSndFile
import Glibc

/// A file that libsndfile has open; used by one thread at a time.
struct SoundFile: ~Copyable {
    private let handle: OpaquePointer
    let path: String
    let rate: Int
    let channels: Int
    /// Sample frames in the file when it was opened.
    let frames: Int

    /// The most channels of a file that is read.
    private static let maximumChannels = 8

    /// Opens a file for reading; headerless formats are told by their names and taken to have `rate`.
    init(reading path: String, rate: Int) throws(MediaError) {
        var info = SF_INFO()
        if let format = Self.headerless(path) {
            (info.format, info.channels, info.samplerate) = (format, 1, Int32(clamping: rate))
        }
        guard let handle = sf_open(path, Int32(SFM_READ), &info) else { throw .file(path: path, Self.lastError()) }
        guard info.channels > 0, info.channels <= Self.maximumChannels, info.samplerate > 0 else {
            sf_close(handle)
            throw .file(path: path, "unsupported number of channels")
        }
        (self.handle, self.path) = (handle, path)
        (self.rate, channels, frames) = (Int(info.samplerate), Int(info.channels), max(Int(info.frames), 0))
    }

    /// Creates a file of 16-bit samples, or opens it for appending where it exists in the same format.
    ///
    /// - Parameter titles: What the file says of itself, where its format has a place for that.
    init(
        writing path: String,
        rate: Int,
        channels: Int,
        appends: Bool,
        titles: [SoundTitle: String] = [:]
    ) throws(MediaError) {
        guard let format = Self.writtenFormat(path) else { throw .file(path: path, "unknown format") }
        try? LocalDirectory.make(above: path)
        var info = SF_INFO()
        (info.samplerate, info.channels, info.format) = (Int32(clamping: rate), Int32(clamping: channels), format)
        // What people say is nothing for everybody on the machine.
        let exists = !LocalFile.makeEmpty(path, mode: LocalFile.readByGroup) && access(path, F_OK) == 0
        guard let handle = sf_open(path, Int32(appends && exists ? SFM_RDWR : SFM_WRITE), &info) else {
            throw .file(path: path, Self.lastError())
        }
        guard Int(info.samplerate) == rate, Int(info.channels) == channels else {
            sf_close(handle)
            throw .file(path: path, "cannot append: another rate or number of channels")
        }
        if appends { sf_seek(handle, 0, SEEK_END) }
        for (title, text) in titles { sf_set_string(handle, title.code, text) }
        (self.handle, self.path, self.rate, self.channels) = (handle, path, rate, channels)
        frames = max(Int(info.frames), 0)
    }

    deinit {
        sf_close(handle)
    }

    /// Moves to a frame; positions outside the file are ignored.
    func seek(to frame: Int) {
        guard frame >= 0 else { return }
        sf_seek(handle, sf_count_t(frame), SEEK_SET)
    }

    /// Reads the next frames as mono, channels averaged; an empty result is the end.
    func readMono(frames count: Int) -> [Int16] {
        var raw = [Int16](repeating: 0, count: count * channels)
        let got = Int(raw.withUnsafeMutableBufferPointer { sf_readf_short(handle, $0.baseAddress, sf_count_t(count)) })
        guard got > 0 else { return [] }
        guard channels > 1 else { return Array(raw[..<min(got, count)]) }
        return (0..<min(got, count)).map { frame in
            var sum = 0
            for channel in 0..<channels { sum += Int(raw[frame * channels + channel]) }
            return Int16(truncatingIfNeeded: sum / channels)
        }
    }

    /// Writes interleaved samples; false when not all of them were taken.
    func write(_ samples: [Int16]) -> Bool {
        let count = sf_count_t(samples.count)
        return samples.withUnsafeBufferPointer { sf_write_short(handle, $0.baseAddress, count) } == count
    }

    /// libsndfile's words for what went wrong with this file.
    var failure: String { String(cString: sf_strerror(handle)) }

    private static func lastError() -> String { String(cString: sf_strerror(nil)) }

    private static func suffix(_ path: String) -> String {
        path.split(separator: ".").last.map { $0.lowercased() } ?? ""
    }

    private static func headerless(_ path: String) -> Int32? {
        switch suffix(path) {
        case "ulaw", "pcmu": Int32(SF_FORMAT_RAW | SF_FORMAT_ULAW)
        case "alaw", "pcma": Int32(SF_FORMAT_RAW | SF_FORMAT_ALAW)
        case "raw", "r8", "r16", "r32", "l16", "sln": Int32(SF_FORMAT_RAW | SF_FORMAT_PCM_16)
        default: nil
        }
    }

    /// The format that a name asks for; `nil` when nobody writes such files here.
    private static func writtenFormat(_ path: String) -> Int32? {
        if let format = headerless(path) { return format }
        let (container, coding) =
            switch suffix(path) {
            case "wav": (SF_FORMAT_WAV, SF_FORMAT_PCM_16)
            case "au", "snd": (SF_FORMAT_AU, SF_FORMAT_PCM_16)
            case "aiff", "aif": (SF_FORMAT_AIFF, SF_FORMAT_PCM_16)
            case "flac": (SF_FORMAT_FLAC, SF_FORMAT_PCM_16)
            case "ogg", "oga": (SF_FORMAT_OGG, SF_FORMAT_VORBIS)
            case "mp3": (SF_FORMAT_MPEG, SF_FORMAT_MPEG_LAYER_III)
            case "w64": (SF_FORMAT_W64, SF_FORMAT_PCM_16)
            default: (0, 0)
            }
        return container == 0 ? nil : Int32(container | coding)
    }
}

extension SoundTitle {
    /// libsndfile's number for it.
    fileprivate var code: Int32 {
        switch self {
        case .title: Int32(SF_STR_TITLE)
        case .copyright: Int32(SF_STR_COPYRIGHT)
        case .software: Int32(SF_STR_SOFTWARE)
        case .artist: Int32(SF_STR_ARTIST)
        case .comment: Int32(SF_STR_COMMENT)
        case .date: Int32(SF_STR_DATE)
        }
    }
}

/// What tells one version of a file from another.
struct FileVersion: Hashable, Sendable {
    var size: Int
    var modifiedSeconds: Int
    var modifiedNanoseconds: Int

    /// `nil` when there is no such file.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        size = Int(status.st_size)
        (modifiedSeconds, modifiedNanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    }
}
