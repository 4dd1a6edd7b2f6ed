import Base
import FileReplication
import FileTrees
import Synchronization

/// What was found out about the contents of files, as long as nobody has touched them.
final class SummaryCache: Sendable {
    /// The most files and chunks that are kept.
    private static let mostFiles = 20_000
    private static let mostChunks = 500_000
    /// How much later than its last change a file has to be read so that a further change would have another time; the system's
    /// clock for files goes in steps.
    private static let step: Int64 = 20_000_000
    /// The steps that file systems have times in, in nanoseconds: NTFS, others, ext3, FAT.
    private static let steps: [Int64] = [100, 1000, 1_000_000, 10_000_000, 1_000_000_000, 2_000_000_000]

    private struct Known {
        var stamp: FileStamp
        var hash: ContentHash
        var isMade: Bool
    }

    private struct State {
        var files: [FileIdentity: Known] = [:]
        var chunks: [ContentHash: [ContentChunk]] = [:]
        var chunkCount = 0
    }

    private let state = Mutex(State())

    /// The hash of a file's content; `nil` when it has to be read.
    func hash(of stamp: FileStamp) -> ContentHash? {
        state.withLock { state in
            guard let known = state.files[stamp.identity], known.stamp == stamp else { return nil }
            return known.hash
        }
    }

    /// Likewise, of a file that is as this program made it.
    func hash(ofMade stamp: FileStamp) -> ContentHash? {
        state.withLock { state in
            guard let known = state.files[stamp.identity], known.stamp == stamp, known.isMade else { return nil }
            return known.hash
        }
    }

    /// A file was read when its stamp was this one.
    func read(_ hash: ContentHash, _ stamp: FileStamp) {
        guard MachineClock.wall.nanoseconds - max(stamp.changed, stamp.modified) > Self.step else { return }
        put(Known(stamp: stamp, hash: hash, isMade: false))
    }

    /// This program made the file, with this content, size and time.
    func put(_ hash: ContentHash, _ stamp: FileStamp, madeAs metadata: FileMetadata) {
        // Whoever wrote to it since has left another size or time.
        guard stamp.size == metadata.size, Self.isTime(stamp.modified, of: metadata.modified) else { return }
        put(Known(stamp: stamp, hash: hash, isMade: true))
    }

    /// Whether a file has the time that it was given, as far as its file system can tell times apart.
    private static func isTime(_ time: Int64, of given: Int64) -> Bool {
        time == given || steps.contains { given > time && given - time < $0 && time % $0 == 0 }
    }

    private func put(_ known: Known) {
        state.withLock { state in
            if state.files.count >= Self.mostFiles { state.files.removeAll(keepingCapacity: true) }
            state.files[known.stamp.identity] = known
        }
    }

    /// The chunks of a content, if they are known.
    func chunks(of hash: ContentHash) -> [ContentChunk]? { state.withLock { $0.chunks[hash] } }

    func put(_ chunks: [ContentChunk], of hash: ContentHash) {
        guard chunks.count > 1 else { return }
        state.withLock { state in
            if state.chunkCount + chunks.count > Self.mostChunks { (state.chunks, state.chunkCount) = ([:], 0) }
            state.chunkCount += chunks.count - (state.chunks[hash]?.count ?? 0)
            state.chunks[hash] = chunks
        }
    }
}
