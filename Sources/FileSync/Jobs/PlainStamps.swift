import FileReplication
import FileTrees
import Synchronization

/// Which files and directories have neither attributes nor lists of access, as far as that was seen by the last scan of the
/// whole folder: as long as nobody touches them, a scan asks the system one question about each.
///
/// Whatever changes attributes and lists changes ``FileStamp/changed`` too, which nobody can set. A stamp takes eight bytes.
final class PlainStamps: Sendable {
    /// The most that are kept.
    static let most = 8 << 20
    /// How much older than the look at it a stamp has to be, in nanoseconds: a further change would have another time then,
    /// though the system's clock for files goes in steps.
    static let step: Int64 = 20_000_000

    /// What was known at some time.
    struct Known: Sendable {
        /// In order.
        fileprivate var hashes: [UInt64] = []

        func contains(_ stamp: FileStamp) -> Bool {
            let hash = PlainStamps.hash(of: stamp)
            var (low, high) = (0, hashes.count)
            while low < high {
                let middle = (low + high) / 2
                if hashes[middle] < hash { low = middle + 1 } else { high = middle }
            }
            return low < hashes.count && hashes[low] == hash
        }
    }

    private let state = Mutex(Known())

    /// What is known now.
    var known: Known { state.withLock { $0 } }

    /// A scan of the whole folder has seen these, by ``hash(of:)``.
    func replace(with hashes: [UInt64]) {
        let known = Known(hashes: hashes.sorted())
        state.withLock { $0 = known }
    }

    /// What stands for a stamp.
    static func hash(of stamp: FileStamp) -> UInt64 {
        var hash = stamp.identity.inode
        for part in [UInt64(bitPattern: stamp.changed), UInt64(bitPattern: stamp.modified), stamp.size] {
            hash = scattered(hash) ^ part
        }
        return scattered(hash)
    }

    /// The last steps of SplitMix64.
    private static func scattered(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension FileMetadata {
    /// Whether there is nothing to it that a stamp does not tell.
    var isPlain: Bool {
        kind != .symbolicLink && attributes.isEmpty && access.isEmpty && defaultAccess.isEmpty
    }
}
