import Base

/// How an originate goes about its legs, read from the variables of FreeSWITCH's names.
struct OriginateSettings: Sendable {
    /// How long the legs of one alternative may take (`originate_timeout`).
    var timeout: Duration
    /// How long until the first of them rings or has early media (`progress_timeout`).
    var progressTimeout: Duration?
    /// How the legs' early media is treated (`ignore_early_media`, `bridge_early_media`).
    var earlyMedia: EarlyMedia
    /// Whether the caller hears no ringing of the legs (`ignore_ring_ready`).
    var ignoresRinging: Bool
    /// Whether a single leg that rings counts as having answered (`return_ring_ready`).
    var returnsRingReady: Bool
    /// Whether the caller hears ringback before anybody rings (`instant_ringback`, `ring_ready`).
    var ringsBackAtOnce: Bool
    /// The refusals that end all (`fail_on_single_reject`); `nil` when none does.
    var failsOnReject: CauseList?
    /// Whether a refusal ends the caller's channel as well (`hangup_on_single_reject`).
    var hangsUpOnReject: Bool
    /// Whether the next alternative is tried after a time-out (`originate_continue_on_timeout`).
    var continuesOnTimeout: Bool
    /// How long to wait before the first leg (`originate_delay_start`, in milliseconds).
    var delay: Duration
    /// How often everything is tried, and when again.
    var retries: RetryPolicy

    /// Whether early media says nothing by itself, as the tones in it do (`monitor_early_media_ring`).
    var listensForRinging: Bool
    /// Whether tones in early media may connect a leg: it is not ignored otherwise.
    var takesEarlyMedia: Bool

    /// What early media of a leg means.
    enum EarlyMedia: Sendable {
        /// The leg has won.
        case connects
        /// It is ignored; the answer counts.
        case ignored
        /// It counts as ringing.
        case rings
        /// The caller hears it; the answer counts.
        case heard
    }

    /// Reads the settings through a look-up of variables: those of the dial string, then those of the caller.
    ///
    /// - Parameter timeout: The limit where no variable says otherwise.
    init(timeout: Duration, _ variable: (String) -> String?) {
        func isTrue(_ name: String) -> Bool { variable(name)?.isTrueSetting ?? false }
        func seconds(_ name: String) -> Duration? { Duration(seconds: variable(name)) }
        self.timeout = seconds("originate_timeout") ?? seconds("call_timeout") ?? timeout
        progressTimeout = seconds("progress_timeout")
        ignoresRinging = isTrue("ignore_ring_ready")
        returnsRingReady = isTrue("return_ring_ready")
        ringsBackAtOnce = isTrue("instant_ringback") || isTrue("ring_ready")
        hangsUpOnReject = isTrue("hangup_on_single_reject")
        failsOnReject = variable("fail_on_single_reject").flatMap { CauseList($0) }
        if failsOnReject == nil, hangsUpOnReject { failsOnReject = .all }
        continuesOnTimeout = isTrue("originate_continue_on_timeout")
        delay = .milliseconds(
            min(max(variable("originate_delay_start").flatMap { Int($0) } ?? 0, 0), Self.longestDelay)
        )
        retries = RetryPolicy(variable)
        earlyMedia = isTrue("bridge_early_media") ? .heard : .connects
        switch variable("ignore_early_media") {
        case "ring_ready"?: earlyMedia = .rings
        case "consume"?: earlyMedia = .ignored
        case let word?: if word.isTrueSetting { earlyMedia = .ignored }
        case nil: break
        }
        func isWanted(_ name: String) -> Bool { variable(name).map { $0.lowercased() != "false" } ?? false }
        listensForRinging = isWanted("monitor_early_media_ring")
        takesEarlyMedia = earlyMedia == .connects
        if earlyMedia == .connects, listensForRinging || isWanted("monitor_early_media_fail") { earlyMedia = .rings }
        if let isEarlyEnough = variable("group_confirm_early_ok") {
            earlyMedia = isEarlyEnough.isTrueSetting ? .connects : earlyMedia == .connects ? .ignored : earlyMedia
        }
    }

    private static let longestDelay = 86_400_000
}

/// How often an originate that failed is tried again (`originate_retries` and its relatives).
struct RetryPolicy: Sendable {
    /// How often everything is tried at most.
    var attempts = 1
    /// How long to wait between two attempts (`originate_retry_sleep_ms`).
    var pause = Duration.seconds(1)
    /// No attempt begins later than this after the first (`originate_retry_timeout`).
    var timeLimit: Duration?
    /// No attempt begins earlier than this after the one before (`originate_retry_min_period_ms`).
    var minimumPeriod: Duration?

    init(_ variable: (String) -> String?) {
        func number(_ name: String) -> Int? { variable(name).flatMap { Int($0) } }
        timeLimit = Duration(seconds: variable("originate_retry_timeout"))
        // More than a hundred only when something else ends them.
        let most = timeLimit == nil ? 100 : Self.mostAttempts
        if let count = number("originate_retries"), (1...most).contains(count) { attempts = count }
        if let pause = number("originate_retry_sleep_ms"), (500...60_000).contains(pause) {
            self.pause = .milliseconds(pause)
        }
        if let period = number("originate_retry_min_period_ms"), (500...300_000).contains(period) {
            minimumPeriod = .milliseconds(period)
        }
    }

    private static let mostAttempts = 100_000

    /// How long to wait before another attempt; `nil` when there shall be none.
    ///
    /// - Parameters:
    ///   - made: How many attempts there were.
    ///   - elapsed: The time since the first began.
    ///   - sinceLast: The time since the last began.
    func pause(afterAttempts made: Int, elapsed: Duration, sinceLast: Duration) -> Duration? {
        guard made < attempts else { return nil }
        if let timeLimit, elapsed > timeLimit { return nil }
        guard let minimumPeriod else { return pause }
        return max(pause, minimumPeriod - sinceLast)
    }
}
