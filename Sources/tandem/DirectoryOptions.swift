import ArgumentParser
import Glibc
import SwitchCore

/// The directories, as FreeSWITCH's switches name them.
struct DirectoryOptions: ParsableArguments {
    @Option(help: "The directory that the others are below.")
    var base = "var"

    @Option(help: "Configuration.")
    var conf: String?

    @Option(help: "Logs.")
    var log: String?

    @Option(help: "Sockets, process ids and status.")
    var run: String?

    @Option(help: "Databases.")
    var db: String?

    @Option(help: "Voicemail and other things of users.")
    var storage: String?

    @Option(help: "Recordings.")
    var recordings: String?

    @Option(help: "Prompts.")
    var sounds: String?

    @Option(help: "Scripts.")
    var scripts: String?

    @Option(help: "What can be fetched or made again.")
    var cache: String?

    /// The directories as absolute paths.
    var directories: Directories {
        var directories = Directories(base: Self.absolute(base))
        for (path, chosen) in [
            (\Directories.conf, conf), (\.log, log), (\.run, run), (\.db, db), (\.storage, storage),
            (\.recordings, recordings), (\.sounds, sounds), (\.scripts, scripts), (\.cache, cache),
        ] {
            if let chosen { directories[keyPath: path] = Self.absolute(chosen) }
        }
        return directories
    }

    static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let here = getcwd(nil, 0) else { return path }
        defer { free(here) }
        return String(cString: here) + "/" + path
    }
}
