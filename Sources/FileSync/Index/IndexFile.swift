import Base
import FileReplication
import Glibc

/// Where the index of a folder is, and what becomes of it when it is damaged.
struct IndexFile {
    /// What SQLite keeps beside a file.
    private static let companions = ["", "-wal", "-shm", "-journal"]

    /// What was found.
    struct Opened {
        var store: IndexStore
        var replica: FolderReplica
        /// Whether nothing was ever stored in it.
        var isNew: Bool
        /// Where the damaged one is now, if it was.
        var setAside: String?
    }

    let path: String

    init(directory: String, folder: String) {
        path = directory + "/" + Self.plain(folder) + ".sqlite"
    }

    /// What is written as it is in the name of a file.
    private static let plainNames = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".unicodeScalars
    )

    /// The name of a folder as the name of a file.
    private static func plain(_ name: String) -> String {
        var text = ""
        for byte in name.utf8 {
            let scalar = Unicode.Scalar(byte)
            if plainNames.contains(scalar) {
                text.unicodeScalars.append(scalar)
            } else {
                text += "%" + String(byte, radix: 16)
            }
        }
        return text
    }

    /// Opens it and reads all of it; one that is damaged is set aside, and an empty one takes its place.
    ///
    /// - Parameter make: A replica from the state that was stored, if any was.
    func open(_ make: ([UInt8]?) throws(WireError) -> FolderReplica) throws(IndexStore.Failure) -> Opened {
        do {
            return try read(make)
        } catch .damaged {
            setAside()
            var opened = try read(make)
            // Stored at once: with the next start nobody would know, and old files would be taken for changes.
            try opened.store.setRecovering(true)
            opened.setAside = damagedPath
            return opened
        }
    }

    /// Where a damaged one is kept, for whoever wants to look.
    var damagedPath: String { path + ".damaged" }

    private func setAside() {
        for companion in Self.companions { _ = rename(path + companion, damagedPath + companion) }
    }

    private func remove() {
        for companion in Self.companions { unlink(path + companion) }
    }

    /// Sets a damaged one aside, and writes all that is known into another one.
    ///
    /// Whoever starts with one that was not finished has lost what was known.
    ///
    /// - Parameters:
    ///   - isRecovering: Whether what is known is not everything either.
    ///   - isRepeated: Whether what is there is an attempt that failed; the damaged one was set aside before it.
    func renew(
        _ known: FileIndex,
        state: [UInt8],
        isRecovering: Bool = false,
        isRepeated: Bool = false
    ) throws(IndexStore.Failure) -> IndexStore {
        if isRepeated { remove() } else { setAside() }
        let store = try IndexStore(path: path)
        do throws(IndexStore.Failure) {
            try store.setRecovering(true)
            let paths = known.paths
            for start in stride(from: 0, to: max(1, paths.count), by: Self.batch) {
                let some = paths[start..<min(start + Self.batch, paths.count)]
                try store.store(some.map { ($0, known[$0].encoded) }, state: state)
            }
            if !isRecovering { try store.setRecovering(false) }
        } catch {
            store.close()
            throw error
        }
        return store
    }

    /// How many entries are written together.
    private static let batch = 5000

    private func read(_ make: ([UInt8]?) throws(WireError) -> FolderReplica) throws(IndexStore.Failure) -> Opened {
        let store = try IndexStore(path: path)
        do throws(IndexStore.Failure) {
            let state = try store.state()
            guard var replica = try? make(state) else { throw .damaged("the state cannot be read") }
            var count = 0
            try store.load { path, entry in
                try replica.load(path, entry: entry)
                count += 1
            }
            guard state != nil || count == 0 else { throw .damaged("there is no state") }
            // One that took the place of a damaged one is not, though nothing was stored in it yet.
            let isRecovering = try store.isRecovering()
            return Opened(store: store, replica: replica, isNew: state == nil && !isRecovering)
        } catch {
            store.close()
            throw error
        }
    }
}
