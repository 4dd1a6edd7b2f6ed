// swift-tools-version: 6.2
import PackageDescription

// Every target is built with these; a warning is an error from the first day.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

// Cores and C wrappers also mark every use of an unsafe construct.
let safe = strict + [.strictMemorySafety()]

// Modules whose tests look inside; tests are built as the program is, with optimization.
let testing: SwiftSetting = .unsafeFlags(["-enable-testing"])
let testable = strict + [testing]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "tandem",
    products: [
        .executable(name: "tandem", targets: ["tandem"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // MARK: Floor 5: flags and wiring
        .executableTarget(
            name: "tandem",
            dependencies: [
                "Applications", "Balancing", "Base", "CDR", "CMalloc", "Cache", "Commands", "ConfigurationCheck",
                "Console", "CoreDatabase", "DNSMessage", "Database", "DatabaseBalancer", "DatabaseProxy",
                "DialplanXML", "EventSocket", "FileSync", "FileSyncing", "HTTPTransport", "LocalStream", "Logs",
                "Lookups", "Loopback", "MediaEngine", "Measuring", "Memcache", "Migration", "NetworkConditions",
                "Prometheus", "SIP", "SIPTransport", "SmartDNS", "Sofia", "SwitchCore", "XMLConfig", "XMLCurl",
                "XMLHandler", arguments, logging, nioCore, nioPosix, signals,
            ],
            swiftSettings: strict
        ),

        // MARK: Floor 4: modules and services, and what looks at configurations that are made for them
        .target(
            name: "Applications",
            dependencies: ["Base", "MediaEngine", "Patterns", "SwitchCore", "XMLConfig", logging],
            path: "Sources/Modules/Applications",
            swiftSettings: testable
        ),
        .target(
            name: "Balancing",
            dependencies: ["Base", "DatabaseBalancer", "HTTPTransport", "SwitchCore", "XMLConfig", logging],
            path: "Sources/Modules/Balancing",
            swiftSettings: testable
        ),
        .target(
            name: "CDR",
            dependencies: [
                "Base", "HTTPParameters", "HTTPTransport", "SwitchCore", "XMLConfig", logging, nioCore, nioPosix,
            ],
            path: "Sources/Modules/CDR",
            swiftSettings: testable
        ),
        .target(
            name: "Commands",
            dependencies: ["Base", "MediaEngine", "Patterns", "SwitchCore", "XMLConfig", crypto, logging],
            path: "Sources/Modules/Commands",
            swiftSettings: strict
        ),
        .target(
            name: "ConfigurationCheck",
            dependencies: [
                "Applications", "Balancing", "Base", "CDR", "CoreDatabase", "DialplanXML", "EventSocket", "FileSync",
                "LocalStream", "Logs", "Lookups", "Measuring", "Memcache", "Prometheus", "SmartDNS", "Sofia",
                "SwitchCore", "XMLConfig", "XMLCurl", "XMLHandler",
            ],
            swiftSettings: strict
        ),
        .target(
            name: "CoreDatabase",
            dependencies: ["Base", "Database", "DatabaseBalancer", "SwitchCore", "XMLConfig", logging],
            path: "Sources/Modules/CoreDatabase",
            swiftSettings: testable
        ),
        .target(
            name: "DialplanXML",
            dependencies: ["Base", "Patterns", "SwitchCore", "XMLConfig", logging],
            path: "Sources/Modules/DialplanXML",
            swiftSettings: safe
        ),
        .target(
            name: "EventSocket",
            dependencies: ["Base", "Patterns", "SwitchCore", "XMLConfig", logging, nioCore, nioPosix],
            path: "Sources/Modules/EventSocket",
            swiftSettings: testable
        ),
        .target(
            name: "FileSyncing",
            dependencies: ["Base", "FileSync", "SwitchCore", "XMLConfig", logging],
            path: "Sources/Modules/FileSyncing",
            swiftSettings: testable
        ),
        .target(
            name: "LocalStream",
            dependencies: ["Base", "MediaEngine", "SwitchCore", "XMLConfig", logging],
            path: "Sources/Modules/LocalStream",
            swiftSettings: testable
        ),
        .target(
            name: "Logs",
            dependencies: ["Base", "SwitchCore", "XMLConfig", logging, nioPosix],
            path: "Sources/Modules/Logs",
            swiftSettings: testable
        ),
        .target(
            name: "Lookups",
            dependencies: [
                "Base", "DNSMessage", "Database", "DatabaseBalancer", "HTTPTransport", "Patterns", "SwitchCore",
                "XMLConfig", logging, nioCore, nioPosix,
            ],
            path: "Sources/Modules/Lookups",
            swiftSettings: testable
        ),
        .target(
            name: "Loopback",
            dependencies: ["Base", "MediaEngine", "SwitchCore", "XMLConfig", logging],
            path: "Sources/Modules/Loopback",
            swiftSettings: strict
        ),
        .target(
            name: "DatabaseProxy",
            dependencies: ["Base", "Database", "DatabaseBalancer", nioCore, nioPosix],
            swiftSettings: testable
        ),
        .target(
            name: "Measuring",
            dependencies: [
                "Base", "Cache", "Database", "DatabaseBalancer", "HTTPTransport", "MediaEngine",
                "NetworkConditions", "SwitchCore", "Telemetry", "XMLConfig", logging,
            ],
            path: "Sources/Modules/Measuring",
            swiftSettings: testable
        ),
        .target(
            name: "Memcache",
            dependencies: ["Base", "Cache", "SwitchCore", "XMLConfig", logging],
            path: "Sources/Modules/Memcache",
            swiftSettings: testable
        ),
        .target(
            name: "Migration",
            dependencies: [
                "Base", "ConfigurationCheck", "Database", "SwitchCore", "XMLConfig", "XMLHandler", crypto,
            ],
            swiftSettings: testable
        ),
        .target(
            name: "Prometheus",
            dependencies: ["Base", "HTTPTransport", "MediaEngine", "SwitchCore", "XMLConfig", logging],
            path: "Sources/Modules/Prometheus",
            swiftSettings: testable
        ),
        .target(
            name: "SmartDNS",
            dependencies: [
                "Base", "CDatagrams", "Cache", "DNSMessage", "Database", "DatabaseBalancer", "HTTPTransport",
                "NetworkConditions", "Telemetry", "XMLConfig", logging, nioCore, nioPosix,
            ],
            swiftSettings: testable
        ),
        .target(
            name: "Sofia",
            dependencies: [
                "Base", "Database", "DatabaseBalancer", "MediaEngine", "SDP", "SIP", "SIPTransport", "SwitchCore",
                "XMLConfig", crypto,
                logging,
            ],
            path: "Sources/Modules/Sofia",
            swiftSettings: testable
        ),
        .target(
            name: "XMLCurl",
            dependencies: [
                "Base", "HTTPParameters", "HTTPTransport", "SIP", "SwitchCore", "XMLConfig", logging, nioCore, nioPosix,
            ],
            path: "Sources/Modules/XMLCurl",
            swiftSettings: testable
        ),
        .target(
            name: "XMLHandler",
            dependencies: [
                "Base", "Cache", "Database", "DatabaseBalancer", "HTTPTransport", "MediaEngine", "SwitchCore",
                "XMLConfig", crypto, logging,
            ],
            swiftSettings: testable
        ),

        // MARK: Floor 3: the switch
        .target(
            name: "DatabaseBalancer",
            dependencies: ["Base", "Database", "XMLConfig"],
            swiftSettings: testable
        ),
        .target(
            name: "FileSync",
            dependencies: [
                "Base", "FileReplication", "FileTrees", "XMLConfig", crypto, grdb, logging, nioCore, nioPosix, nioSSL,
            ],
            swiftSettings: testable
        ),
        .target(
            name: "Telemetry",
            dependencies: ["Base", "Cache", "Database", "HTTPTransport", "NetworkConditions", nioPosix],
            swiftSettings: testable
        ),
        .target(
            name: "HTTPParameters",
            dependencies: ["HTTPTransport", "XMLConfig"],
            swiftSettings: strict
        ),
        .target(
            name: "SwitchCore",
            dependencies: ["Base", "MediaEngine", "XMLConfig", logging],
            swiftSettings: strict
        ),

        // MARK: Floor 2: drivers
        .target(
            name: "Cache",
            dependencies: ["Base", crypto, nioCore, nioPosix],
            swiftSettings: testable
        ),
        .target(name: "Console", dependencies: ["Base", "CEditLine"], swiftSettings: testable),
        .target(
            name: "Database",
            dependencies: ["Base", "CLibPQ", "CMariaDB", grdb, nioPosix],
            swiftSettings: testable
        ),
        .target(
            name: "FileTrees",
            dependencies: ["Base", "CFileTrees", "CZstd", "FileReplication", crypto],
            swiftSettings: safe + [testing]
        ),
        .target(
            name: "HTTPTransport",
            dependencies: ["Base", nioCore, nioHTTP1, nioPosix, nioSSL],
            swiftSettings: safe + [testing]
        ),
        .target(
            name: "MediaEngine",
            dependencies: ["Base", "CMedia", "CSndFile", "MediaDSP", "RTP"],
            swiftSettings: strict
        ),
        .target(name: "Patterns", dependencies: ["Base", "CPCRE2"], swiftSettings: safe),
        .target(
            name: "SIPTransport",
            dependencies: ["Base", "SIP", nioCore, nioPosix, nioSSL],
            swiftSettings: safe
        ),
        .target(name: "XMLConfig", dependencies: ["Base", "CLibXML2", "STUN"], swiftSettings: safe),

        // MARK: Floor 1: cores, without any I/O
        .target(name: "DNSMessage", dependencies: ["Base"], swiftSettings: safe),
        .target(name: "FileReplication", dependencies: ["Base"], swiftSettings: safe + [testing]),
        .target(name: "MediaDSP", dependencies: ["Base"], swiftSettings: safe),
        .target(name: "NetworkConditions", dependencies: ["Base"], swiftSettings: safe),
        .target(name: "RTP", dependencies: ["Base"], swiftSettings: safe),
        .target(name: "SDP", dependencies: ["Base"], swiftSettings: safe),
        .target(name: "SIP", dependencies: ["Base", crypto], swiftSettings: safe),
        .target(name: "STUN", dependencies: ["Base"], swiftSettings: safe),

        // MARK: Floor 0: the base and C
        .target(name: "Base", swiftSettings: safe),
        .target(name: "CDatagrams", path: "Sources/C/CDatagrams"),
        .target(name: "CFileTrees", path: "Sources/C/CFileTrees"),
        .target(name: "CMedia", path: "Sources/C/CMedia"),
        .systemLibrary(
            name: "CEditLine",
            path: "Sources/C/CEditLine",
            pkgConfig: "libedit",
            providers: [.apt(["libedit-dev"])]
        ),
        .systemLibrary(
            name: "CLibXML2",
            path: "Sources/C/CLibXML2",
            pkgConfig: "libxml-2.0",
            providers: [.apt(["libxml2-dev"])]
        ),
        .systemLibrary(name: "CMalloc", path: "Sources/C/CMalloc"),
        .systemLibrary(
            name: "CLibPQ",
            path: "Sources/C/CLibPQ",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"])]
        ),
        .systemLibrary(
            name: "CMariaDB",
            path: "Sources/C/CMariaDB",
            pkgConfig: "libmariadb",
            providers: [.apt(["libmariadb-dev"])]
        ),
        .systemLibrary(
            name: "CPCRE2",
            path: "Sources/C/CPCRE2",
            pkgConfig: "libpcre2-8",
            providers: [.apt(["libpcre2-dev"])]
        ),
        .systemLibrary(
            name: "CSndFile",
            path: "Sources/C/CSndFile",
            pkgConfig: "sndfile",
            providers: [.apt(["libsndfile1-dev"])]
        ),
        .systemLibrary(
            name: "CZstd",
            path: "Sources/C/CZstd",
            pkgConfig: "libzstd",
            providers: [.apt(["libzstd-dev"])]
        ),

        // MARK: For tests only
        .target(
            name: "TandemTesting",
            dependencies: [
                "Base", "MediaEngine", "SIP", "SIPTransport", "SwitchCore", "XMLConfig", logging, nioCore, nioHTTP1,
                nioPosix, nioSSL,
            ],
            swiftSettings: strict
        ),
        // A wide area network between network namespaces: what happens to packets as a value, and the program.
        .target(name: "WANEmulation", dependencies: ["Base"], swiftSettings: safe),
        .executableTarget(name: "wanem", dependencies: ["Base", "WANEmulation"], swiftSettings: strict),

        // MARK: Tests, one for each target
        .testTarget(
            name: "ApplicationsTests",
            dependencies: [
                "Applications", "Base", "Commands", "DialplanXML", "LocalStream", "Loopback", "MediaEngine",
                "SwitchCore", "TandemTesting", "XMLConfig", logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "BaseTests", dependencies: ["Base"], swiftSettings: strict),
        .testTarget(
            name: "CDRTests",
            dependencies: [
                "Applications", "Base", "CDR", "Commands", "DialplanXML", "HTTPTransport", "Loopback", "MediaEngine",
                "SIPTransport", "SwitchCore", "TandemTesting", "XMLConfig", logging, nioCore, nioPosix,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CacheTests",
            dependencies: ["Base", "Cache", "TandemTesting", nioCore, nioPosix],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ConfigurationCheckTests",
            dependencies: ["ConfigurationCheck", "XMLConfig"],
            swiftSettings: strict
        ),
        .testTarget(name: "ConsoleTests", dependencies: ["Base", "Console"], swiftSettings: strict),
        .testTarget(
            name: "CoreDatabaseTests",
            dependencies: [
                "Applications", "Base", "Commands", "CoreDatabase", "Database", "DialplanXML", "Loopback",
                "MediaEngine",
                "SwitchCore", "TandemTesting", "XMLConfig", grdb, logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "DNSMessageTests", dependencies: ["Base", "DNSMessage"], swiftSettings: strict),
        .testTarget(
            name: "DatabaseBalancerTests",
            dependencies: ["Base", "Database", "DatabaseBalancer", "TandemTesting", "XMLConfig"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "DatabaseProxyTests",
            dependencies: [
                "Balancing", "Base", "Database", "DatabaseBalancer", "DatabaseProxy", "HTTPTransport", "TandemTesting",
                "XMLConfig", nioCore, nioEmbedded, nioPosix,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "DatabaseTests",
            dependencies: ["Base", "Database", "TandemTesting", grdb],
            swiftSettings: strict
        ),
        .testTarget(
            name: "DialplanXMLTests",
            dependencies: [
                "Base", "Commands", "DialplanXML", "SwitchCore", "TandemTesting", "XMLConfig", logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EventSocketTests",
            dependencies: [
                "Applications", "Base", "Commands", "DialplanXML", "EventSocket", "Loopback", "MediaEngine",
                "SwitchCore", "TandemTesting", "XMLConfig", logging, nioCore, nioPosix,
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "ExpansionTests", dependencies: ["SwitchCore"], swiftSettings: strict),
        .testTarget(
            name: "FileReplicationTests",
            dependencies: ["Base", "FileReplication"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "FileSyncTests",
            dependencies: [
                "Base", "FileReplication", "FileSync", "FileTrees", "TandemTesting", "XMLConfig", grdb, logging,
                nioCore, nioPosix, nioSSL,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "FileTreesTests",
            dependencies: ["Base", "FileReplication", "FileTrees", "TandemTesting"],
            swiftSettings: strict
        ),
        .testTarget(name: "MediaDSPTests", dependencies: ["MediaDSP"], swiftSettings: strict),
        .testTarget(
            name: "HTTPTransportTests",
            dependencies: ["HTTPTransport", "TandemTesting", nioCore, nioEmbedded, nioHTTP1, nioPosix, nioSSL],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LogsTests",
            dependencies: ["Base", "Logs", "MediaEngine", "SwitchCore", "TandemTesting", "XMLConfig", logging],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LookupsTests",
            dependencies: [
                "Applications", "Base", "Commands", "DNSMessage", "Database", "DatabaseBalancer", "DialplanXML",
                "HTTPTransport", "Lookups", "Loopback", "MediaEngine", "SwitchCore", "TandemTesting", "XMLConfig",
                logging, nioCore, nioPosix,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MediaEngineTests",
            dependencies: ["Base", "MediaDSP", "MediaEngine", "RTP", "TandemTesting"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MemcacheTests",
            dependencies: [
                "Base", "Cache", "Memcache", "MediaEngine", "SwitchCore", "TandemTesting", "XMLConfig", logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MigrationTests",
            dependencies: [
                "Base", "ConfigurationCheck", "DNSMessage", "Database", "DatabaseBalancer", "Migration", "SmartDNS",
                "TandemTesting", "XMLConfig", "XMLHandler", logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "NetworkConditionsTests",
            dependencies: ["Base", "NetworkConditions"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MeasuringTests",
            dependencies: [
                "Applications", "Base", "Database", "DialplanXML", "Loopback", "Measuring", "MediaEngine",
                "NetworkConditions", "Sofia", "SwitchCore", "TandemTesting", "Telemetry", "XMLConfig", logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TelemetryTests",
            dependencies: [
                "Base", "Cache", "Database", "HTTPTransport", "NetworkConditions", "TandemTesting", "Telemetry",
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "PatternsTests", dependencies: ["Patterns"], swiftSettings: strict),
        .testTarget(
            name: "PrometheusTests",
            dependencies: [
                "Applications", "Base", "DialplanXML", "HTTPTransport", "Loopback", "MediaEngine", "Prometheus",
                "SwitchCore", "TandemTesting", "XMLConfig", logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "RTPTests", dependencies: ["Base", "RTP"], swiftSettings: strict),
        .testTarget(name: "SDPTests", dependencies: ["Base", "SDP"], swiftSettings: strict),
        .testTarget(
            name: "SIPTests",
            dependencies: ["Base", "SIP", "TandemTesting"],
            exclude: ["Torture"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SIPTransportTests",
            dependencies: ["Base", "SIP", "SIPTransport", "TandemTesting", nioCore, nioPosix],
            swiftSettings: strict
        ),
        .testTarget(name: "STUNTests", dependencies: ["Base", "STUN"], swiftSettings: strict),
        .testTarget(
            name: "SmartDNSTests",
            dependencies: [
                "Base", "Cache", "DNSMessage", "Database", "DatabaseBalancer", "HTTPTransport", "NetworkConditions",
                "SmartDNS", "Telemetry", "XMLConfig", logging, nioCore, nioPosix, "TandemTesting",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SofiaTests",
            dependencies: [
                "Applications", "Base", "Commands", "Database", "DialplanXML", "MediaEngine", "SIP", "SIPTransport",
                "Sofia", "SwitchCore", "TandemTesting", "XMLConfig", logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "WANEmulationTests", dependencies: ["Base", "WANEmulation"], swiftSettings: strict),
        .testTarget(
            name: "XMLConfigTests",
            dependencies: ["Base", "STUN", "TandemTesting", "XMLConfig"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "XMLCurlTests",
            dependencies: [
                "Applications", "Base", "Commands", "DialplanXML", "EventSocket", "HTTPTransport", "MediaEngine",
                "SIP", "SIPTransport", "Sofia", "SwitchCore", "TandemTesting", "XMLConfig", "XMLCurl", logging,
                nioCore, nioPosix,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "XMLHandlerTests",
            dependencies: [
                "Applications", "Base", "Cache", "Commands", "Database", "DatabaseBalancer", "DialplanXML",
                "HTTPTransport", "MediaEngine", "SIP", "SIPTransport", "Sofia", "SwitchCore", "TandemTesting",
                "XMLConfig", "XMLHandler", grdb, logging,
            ],
            swiftSettings: strict
        ),
    ]
)
