import Base

/// The permissions of a file of SQLite: passwords of phones and secrets of nodes are in it.
enum PrivateFile {
    /// What SQLite keeps beside a file; it makes them with the permissions of the file.
    private static let companions = ["", "-wal", "-shm", "-journal"]

    /// Makes an empty file for the owner alone where there is none, and takes one that everybody may read from the others.
    ///
    /// A file that is closed to others keeps its permissions: an operator may share it with a group. What cannot be done,
    /// since the file is somebody else's, is left to them; SQLite says what is wrong with its place.
    static func prepare(_ path: String) {
        guard !LocalFile.makeEmpty(path, mode: LocalFile.ownerOnly) else { return }
        for companion in companions { LocalFile.closeToOthers(path + companion) }
    }
}
