import Base
import Glibc
import Logging
import MediaEngine
import SwitchCore

/// Files and directories.
enum FileApplications {
    static let all: [Application] = [
        Application("mkdir", syntax: "<path>", [.noMedia]) { session, data in
            guard data.hasPrefix("/") else { throw ApplicationError("mkdir needs an absolute path, not \"\(data)\"") }
            let isMade = try? await session.softswitch.media.audio.onFileThread { Folders.make(data) }
            guard isMade == true else { throw ApplicationError("mkdir: cannot make \(data)") }
        },
        Application("rename", syntax: "<from> <to>", [.noMedia, .zombie]) { session, data in
            let arguments = Arguments(data)
            guard let from = arguments[0], let to = arguments[1] else {
                throw ApplicationError("rename needs two paths")
            }
            let isDone = try? await session.softswitch.media.audio.onFileThread { rename(from, to) == 0 }
            guard isDone == true else { throw ApplicationError("rename: cannot move \(from) to \(to)") }
        },
    ]
}

/// Making directories; it blocks.
enum Folders {
    /// How deep a path may be.
    private static let depthLimit = 64

    /// Makes a directory with those above it; true when it is there afterwards.
    static func make(_ path: String) -> Bool {
        guard path.split(separator: "/").count <= depthLimit else { return false }
        do {
            try LocalDirectory.make(path, mode: 0o755)
        } catch {
            return false
        }
        return LocalDirectory.isWritable(path)
    }
}
