public import Base
public import XMLConfig

/// The settings of `switch.conf`.
public struct SwitchConfiguration: Sendable {
    /// The limits on new calls (`max-sessions`, `sessions-per-second`).
    public var sessionLimits = SessionLimits()
    /// The ports for RTP (`rtp-start-port`, `rtp-end-port`).
    public var rtpPorts: ClosedRange<UInt16> = 16384...32768
    /// How long keys are (`min-dtmf-duration`, `default-dtmf-duration`, `max-dtmf-duration`).
    public var keyLengths = KeyLengths()
    /// Whether events carry the variables of their channel (`verbose-channel-events`): all, and not only
    /// those that do in any case.
    public var isVerbose = false
    /// Whether expressions run commands, `${name(arguments)}` (`api-expansion`).
    public var runsCommandsInExpressions = true
    /// The least important level that gets into the log, whatever its outputs want (`loglevel`).
    public var logLevel = LogLevel.debug
    /// How long it is from one `HEARTBEAT` to the next, in seconds (`event-heartbeat-interval`).
    public var heartbeatSeconds = 20
    /// The switch's name in events and CDRs (`switchname`); the host's name when `nil`.
    public var switchName: String?
    /// Where the tables of the switch are kept for others to read; `nil` when they are not (`core-db-dsn`).
    public var coreDatabase: CoreDatabaseSettings?

    /// The defaults.
    public init() {}

    /// Reads `switch.conf`.
    ///
    /// - Throws: What is wrong with it, with file and line.
    public init(xml: XMLNode, diagnostics: inout [Diagnostic]) throws(ConfigurationError) {
        var reader = ConfigurationReader(settingsOf: xml)
        sessionLimits.maximumSessions = reader.integer("max-sessions", in: 1...1_000_000, default: 1000)
        sessionLimits.sessionsPerSecond = reader.integer("sessions-per-second", in: 1...1_000_000, default: 30)
        sessionLimits.minimumIdlePercent =
            reader.value("min-idle-cpu", expecting: "a percentage") { Double($0).flatMap { $0 >= 0 ? $0 : nil } } ?? 0
        isVerbose = reader.boolean("verbose-channel-events", default: false)
        runsCommandsInExpressions = reader.boolean("api-expansion", default: true)
        let lengths = KeyLengths.limits
        keyLengths.setUsual(reader.integer("default-dtmf-duration", in: lengths, default: keyLengths.usual))
        keyLengths.setMinimum(reader.integer("min-dtmf-duration", in: lengths, default: keyLengths.minimum))
        keyLengths.setMaximum(reader.integer("max-dtmf-duration", in: lengths, default: keyLengths.maximum))
        let first = reader.integer("rtp-start-port", in: 1024...65_534, default: 16384)
        let last = reader.integer("rtp-end-port", in: 1025...65_535, default: 32768)
        if first < last {
            rtpPorts = UInt16(first)...UInt16(last)
        } else {
            reader.report(.error, at: nil, "rtp-end-port \(last) must be greater than rtp-start-port \(first)")
        }
        logLevel = reader.value("loglevel", expecting: "a log level") { LogLevel($0) } ?? .debug
        heartbeatSeconds = reader.integer("event-heartbeat-interval", in: 1...86_400, default: heartbeatSeconds)
        switchName = reader.string("switchname")
        coreDatabase = CoreDatabaseSettings(&reader)
        reader.noteUnused(Self.knownElsewhere)
        diagnostics += try reader.finish()
    }

    /// Parameters that FreeSWITCH reads and that have no meaning here, or none yet.
    static let knownElsewhere = [
        "colorize-console", "dialplan-timestamps", "max-db-handles", "db-handle-timeout",
        "multiple-registrations",
        "session-thread-pool", "max-audio-channels", "tipping-point", "debug-level",
        "dump-cores", "enable-early-hangup", "caller-profile-soft-lookup-values",
        "caller-profile-soft-variables-uses-prefix",
        "event-channel-enable-hierarchy-deliver", "event-channel-enable-hierarchy-deliver-once",
        "event-channel-key-separator", "event-channel-log-undeliverable-json", "events-use-dispatch",
        "initial-event-threads", "enable-clock-nanosleep", "enable-cond-yield", "enable-monotonic-timing",
        "enable-softtimer-timerfd", "enable-timer-matrix", "enable-use-system-time", "1ms-timer",
        "timer-affinity", "rtp-port-usage-robustness", "rtp-retain-crypto-keys", "ice-resolve-candidate",
        "core-db-pre-trans-execute", "core-db-post-trans-execute", "core-db-inner-pre-trans-execute",
        "core-db-inner-post-trans-execute", "core-dbtype", "odbc-skip-autocommit-flip",
        "cpu-idle-smoothing-depth", "mailer-app", "mailer-app-args", "spawn-instead-of-system",
        "threaded-system-exec", "exclude-error-log-from-xml-cdr", "uuid-version", "crash-protection",
        "max-sql-buffer-len", "sql-buffer-len",
    ]
}
