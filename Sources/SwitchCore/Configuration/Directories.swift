/// Where the switch keeps its things: FreeSWITCH's directories, each below the base unless it was named.
public struct Directories: Sendable {
    /// The root of the others.
    public var base: String
    /// Configuration (`--conf`).
    public var conf: String
    /// Logs (`--log`).
    public var log: String
    /// Sockets, process ids, status (`--run`).
    public var run: String
    /// Databases (`--db`).
    public var db: String
    /// Voicemail and other things of users (`--storage`).
    public var storage: String
    /// Recordings (`--recordings`).
    public var recordings: String
    /// Prompts (`--sounds`).
    public var sounds: String
    /// Scripts (`--scripts`).
    public var scripts: String
    /// What can be fetched or made again (`--cache`).
    public var cache: String

    /// The usual tree below a base.
    public init(base: String) {
        self.base = base
        (conf, log, run, db) = (base + "/conf", base + "/log", base + "/run", base + "/db")
        (storage, recordings) = (base + "/storage", base + "/recordings")
        (sounds, scripts, cache) = (base + "/sounds", base + "/scripts", base + "/cache")
    }

    /// The global variables that name the directories in XML.
    public var globals: [(name: String, value: String)] {
        [
            ("base_dir", base), ("conf_dir", conf), ("log_dir", log), ("run_dir", run), ("db_dir", db),
            ("storage_dir", storage), ("recordings_dir", recordings), ("sounds_dir", sounds),
            ("script_dir", scripts), ("cache_dir", cache), ("data_dir", base), ("localstate_dir", base),
            ("mod_dir", base + "/mod"), ("certs_dir", base + "/certs"), ("temp_dir", "/tmp"),
            ("htdocs_dir", base + "/htdocs"), ("grammar_dir", base + "/grammar"),
            ("fonts_dir", base + "/fonts"), ("images_dir", base + "/images"),
        ]
    }

    /// The directories that the switch writes into.
    public var writable: [String] { [log, run, db, storage, recordings, cache] }
}
