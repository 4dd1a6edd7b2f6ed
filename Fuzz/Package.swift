// swift-tools-version: 6.2
// The fuzzers: see scripts/fuzz. A package of its own, because libFuzzer's instrumentation goes through everything in it.
// Sources/ has links to the parsers' folders, so that they are instrumented too and nothing else is built.
//
// To add a fuzzer: a link to the parser's folder, its target, a driver `…Fuzz.swift` in FuzzCore, a folder with an entry
// point, one line in `fuzzers`, and some inputs in Corpus/<name>.
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .unsafeFlags(["-sanitize=fuzzer"]),
]

let fuzzers = [
    "backend-question", "data-source", "delta", "dns-answer", "dns-message", "event-socket", "sip-message", "sdp",
    "rtp", "stun", "xml-preprocessor", "dial-string", "expression", "http-url", "form", "cookie", "memcached",
    "base64", "naptr-rewrite", "network-conditions", "postgresql-opening", "database-session", "file-replication",
    "peer-session",
]

let package = Package(
    name: "tandem-fuzz",
    targets: [
        .target(name: "Base", swiftSettings: settings),
        .target(
            name: "SIP",
            dependencies: ["Base"],
            exclude: ["Authentication", "Dialog", "Registration", "Transaction", "UserAgent"],
            swiftSettings: settings
        ),
        .target(name: "SDP", dependencies: ["Base"], swiftSettings: settings),
        .target(name: "RTP", dependencies: ["Base"], swiftSettings: settings),
        // Only what PowerDNS's questions are read with.
        .target(
            name: "BackendProtocol",
            dependencies: ["Base"],
            sources: ["BackendQuestion.swift"],
            swiftSettings: settings
        ),
        .target(name: "DNSMessage", dependencies: ["Base"], swiftSettings: settings),
        // Only the names of data sources.
        .target(
            name: "DatabaseBalancer",
            dependencies: ["Base", "Database", "XMLConfig"],
            sources: ["Configuration/ConfigurationReader+DataSource.swift", "Configuration/DataSourceName.swift"],
            swiftSettings: settings
        ),
        // Without what listens.
        .target(
            name: "SmartDNS",
            dependencies: [
                "Base", "Cache", "DNSMessage", "DatabaseBalancer", "HTTPTransport", "NetworkConditions", "XMLConfig",
            ],
            sources: [
                "Backend/BackendDesk.swift", "Backend/BackendQuestion.swift", "Backend/KeyStore.swift",
                "Backend/RemoteBackend.swift", "Decision", "Listener/RateLimiter.swift", "Listener/Responder.swift",
                "Listener/ResponseRates.swift", "Listener/SpecialNetworks.swift", "Serving/SteeringDesk.swift",
                "Serving/SteeringDesk+Commands.swift", "Serving/SteeringPlan.swift", "Zones",
            ],
            swiftSettings: settings
        ),
        // Only what peers send of files.
        .target(name: "FileDelta", swiftSettings: settings),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        // Only what messages are packed with.
        .target(
            name: "FileTrees",
            dependencies: ["CZstd"],
            sources: ["Content/Compression.swift", "Content/Delta/DeltaOperation.swift"],
            swiftSettings: settings
        ),
        // Only what nodes say to each other around it.
        .target(
            name: "PeerProtocol",
            dependencies: ["Base", "FileReplication", "FileTrees"],
            sources: [
                "Configuration/ByteRate.swift", "Configuration/RateLimit.swift", "Configuration/WeekTime.swift",
                "Identity/Fingerprint.swift", "Peers/Protocol/MessagePacking.swift", "Peers/Protocol/PeerFault.swift",
                "Peers/Protocol/PeerFrame.swift", "Peers/Protocol/PeerHello.swift",
                "Peers/Protocol/PeerSession.swift", "Peers/Protocol/SendLane.swift",
                "Peers/Protocol/SendQueue.swift", "Peers/Protocol/TokenBucket.swift",
            ],
            swiftSettings: settings + [.unsafeFlags(["-enable-testing"])]
        ),
        // Only what rules of strangers become.
        .target(
            name: "ENUMText",
            dependencies: ["Base"],
            sources: ["Routing/DialStringText.swift", "Rules/RewriteExpression.swift"],
            swiftSettings: settings + [.unsafeFlags(["-enable-testing"])]
        ),
        .target(name: "EventSocketProtocol", dependencies: ["Base"], swiftSettings: settings),
        .target(name: "DatabaseProxyProtocol", swiftSettings: settings),
        // Only memcached's words.
        .target(name: "Cache", dependencies: ["Base"], swiftSettings: settings),
        .target(name: "NetworkConditions", dependencies: ["Base"], swiftSettings: settings),
        .target(name: "FileReplication", dependencies: ["Base"], swiftSettings: settings),
        // Only what addresses and forms say.
        .target(name: "HTTPTransport", dependencies: ["Base"], swiftSettings: settings),
        // Without the command, which needs a switch.
        .target(
            name: "ExpressionText",
            dependencies: ["Base"],
            exclude: ["ExpressionModule.swift"],
            swiftSettings: settings
        ),
        .systemLibrary(name: "CFuzzer"),
        .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .target(name: "STUN", dependencies: ["Base"], swiftSettings: settings),
        .target(name: "XMLConfig", dependencies: ["Base", "CLibXML2", "STUN"], swiftSettings: settings),
        // Only its small languages, which need nothing else.
        .target(
            name: "SwitchCore",
            dependencies: ["Base"],
            sources: [
                "DialString", "Expansion", "Dialplan/InlineDialplan.swift", "Dialplan/DialplanRoute.swift",
            ],
            swiftSettings: settings
        ),
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        // Only the names of data sources.
        .target(
            name: "Database",
            dependencies: ["Base", "CLibPQ"],
            sources: ["DSN", "DatabaseError.swift", "SQLDialect.swift"],
            swiftSettings: settings
        ),
        .target(
            name: "FuzzCore",
            dependencies: [
                "BackendProtocol", "Base", "Cache", "DNSMessage", "Database", "DatabaseProxyProtocol", "ENUMText",
                "EventSocketProtocol", "FileDelta",
                "ExpressionText", "FileReplication", "HTTPTransport", "NetworkConditions", "PeerProtocol", "SIP", "SDP",
                "RTP", "STUN",
                "SmartDNS", "SwitchCore", "XMLConfig",
            ],
            swiftSettings: settings
        ),
    ]
        + fuzzers.map { name in
            .executableTarget(
                name: name,
                dependencies: ["FuzzCore", "CFuzzer"],
                swiftSettings: settings,
                linkerSettings: [
                    .unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "muldefs"])
                ]
            )
        }
)
