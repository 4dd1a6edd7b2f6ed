import XMLConfig

extension ProfileConfiguration {
    /// Notes each parameter that is known and that this version does not act on.
    static func noteUnused(in reader: inout ConfigurationReader) {
        for name in knownElsewhere {
            for parameter in reader.all(name) {
                reader.report(.note, at: parameter.location, "\(name) has no effect in this version")
            }
        }
    }

    /// Parameters that FreeSWITCH's profiles know and that this version does not act on.
    ///
    /// They are named here so that an existing profile loads without a warning for each; `tandem check` lists those
    /// that a tree sets.
    static let knownElsewhere = [
        "log-level", "abort-on-empty-external-ip", "tracelevel", "debug-presence", "debug-sla", "max-reg-threads",
        "auto-restart", "reg-deny-binding-fetch-and-no-lookup", "rewrite-multicasted-fs-path", "capture-server",
        "stir-shaken-as-key", "stir-shaken-as-url", "stir-shaken-vs-ca-dir", "stir-shaken-vs-cert-path-check",
        "stir-shaken-vs-require-date", "username", "ext-sip-port", "bind-attempts", "bind-attempt-interval",
        "shutdown-on-fail", "sip-domain", "contact-user", "ws-binding", "wss-binding", "tls", "tls-only",
        "tls-bind-params", "tls-sip-port", "tls-cert-dir", "tls-passphrase", "tls-version", "tls-ciphers",
        "tls-timeout", "tls-verify-date", "tls-verify-depth", "tls-verify-policy", "tls-verify-in-subjects",
        "tls-orq-connect-timeout", "reuse-connections", "socket-tcp-keepalive", "tcp-keepalive", "tcp-pingpong",
        "tcp-ping2pong", "tcp-unreg-on-socket-close", "tcp-always-nat", "tls-always-nat", "timer-T1X64",
        "max-proceeding", "max-recv-requests-per-second", "sip-options-respond-503-on-busy", "enable-compact-headers",
        "enable-rfc-5626", "bitpacking", "debug", "sip-trace", "sip-capture", "watchdog-enabled",
        "watchdog-step-timeout", "watchdog-event-timeout", "profile-standby", "dbname", "odbc-dsn",
        "db-spin-up-wait-ms", "db-pre-trans-execute", "db-post-trans-execute", "db-inner-pre-trans-execute",
        "db-inner-post-trans-execute", "accept-blind-auth", "enforce-blind-auth-result", "blind-auth-reply-403",
        "auth-calls-acl-only", "auth-all-packets", "auth-messages", "disable-auth-messages", "auth-subscriptions",
        "disable-auth-subscriptions", "auth-require-user", "max-auth-validity", "NDLB-broken-auth-hash",
        "inbound-reg-in-new-thread", "force-subscription-domain", "force-subscription-expires",
        "force-publish-expires", "sip-expires-max-deviation", "sip-subscription-max-deviation",
        "NDLB-expires-in-register-response", "user-agent-filter", "registration-thread-frequency",
        "apply-inbound-acl-x-token", "apply-proxy-acl", "apply-proxy-acl-x-token", "apply-candidate-acl",
        "apply-nat-acl", "local-network-acl", "use-port-for-acl-check", "aggressive-nat-detection",
        "NDLB-received-in-nat-reg-contact", "nat-options-ping", "all-reg-options-ping", "unregister-on-options-fail",
        "sip-user-ping-max", "sip-user-ping-min", "ping-mean-interval", "ping-thread-frequency", "keepalive-method",
        "NDLB-proxy-never-patch-reinvites", "NDLB-sendrecv-in-session", "NDLB-allow-bad-iananame",
        "NDLB-allow-crypto-in-avp", "NDLB-allow-nondup-sdp", "NDLB-support-asterisk-missing-srtp-auth",
        "outbound-proxy", "disable-srv", "disable-naptr", "disable-srv503", "enable-timer", "session-timeout",
        "minimum-session-expires", "update-refresher", "allow-update", "enable-100rel", "enable-soa",
        "auto-invite-100", "cid-in-1xx", "pass-callee-id", "send-display-update", "p-asserted-id-parse",
        "parse-invite-tel-params", "extended-info-parsing", "parse-all-invite-headers", "full-id-in-dialplan",
        "inbound-use-callid-as-uuid", "outbound-use-uuid-as-callid", "manual-redirect", "disable-transfer",
        "confirm-blind-transfer", "proxy-refer", "proxy-refer-replaces", "proxy-hold", "proxy-info",
        "proxy-info-content-types", "proxy-message", "proxy-notify-events", "channel-xml-fetch-on-nightmare-transfer",
        "make-every-transfer-a-nightmare", "fire-transfer-events", "fire-bye-response-events", "fire-message-events",
        "disable-hold", "max-calls", "track-calls", "rfc-7989", "rfc-7989-filter", "rfc-7989-force-old",
        "require-secure-rtp", "in-dialog-chat", "enable-chat", "sip-messages-respond-200-ok",
        "sip-subscribe-respond-200-ok", "ignore-183nosdp", "manage-presence", "manage-shared-appearance",
        "presence-hosts", "presence-proto-lookup", "presence-privacy", "presence-hold-state",
        "presence-disable-early", "presence-probe-on-register", "send-presence-on-register",
        "send-message-query-on-register", "mwi-use-reg-callid", "forward-unsolicited-mwi-notify", "pnp-provision-url",
        "inbound-late-negotiation", "inbound-bypass-media", "inbound-no-media", "inbound-proxy-media", "media-option",
        "enable-3pcc", "3pcc-reinvite-bridged-on-ack", "disable-transcoding", "hold-music", "record-path",
        "record-template", "rtp-timer-name", "rtp-autofix-timing", "rtp-rewrite-timestamps",
        "rtp-notimer-during-bridge", "disable-rtp-auto-adjust", "rtcp-audio-interval-msec",
        "rtcp-video-interval-msec", "auto-jitterbuffer-msec", "dtmf-duration", "rtp-digit-delay", "liberal-dtmf",
        "pass-rfc2833", "t38-passthru", "vad", "auto-rtp-bugs", "manual-rtp-bugs", "manual-video-rtp-bugs",
        "delete-subs-on-register", "renegotiate-codec-on-hold", "rtp-autoflush-during-bridge",
    ]
}
