import Base
import Glibc
import XMLConfig

/// What name servers use of a processor for an answer that depends on the client's network, over real sockets: ours, ours
/// behind PowerDNS, and others that are installed.
enum DNSServerBench {
    /// For how many networks something is known; the others' tables have as many, where they have any.
    private static let networks = 2_000
    private static let centers = 8
    private static let name = "sip.voice.example"
    private static let startLimit = Duration.seconds(20)

    static func run(seconds: Double) -> String {
        var template = Array("/tmp/tandem-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { return "" }
        let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { removeAll(directory) }
        var rows: [[String]] = [["", "µs/answer", "answers/s/core", "answers/s"]]
        do {
            try writeFiles(directory)
            for contestant in contestants(directory) { rows.append(measure(contestant, seconds: seconds)) }
        } catch {
            return "name servers: \(error)\n"
        }
        return "A for clients of \(networks) networks, over UDP on this machine\n" + BenchTable.aligned(rows)
    }

    /// A server, or several of which one asks another.
    private struct Contestant {
        let title: String
        /// What is started, in this order; `nil` for what is not installed.
        let commands: [[String]?]
        let port: Int
        /// Which of the processes count.
        var counted = 0
    }

    private static func measure(_ contestant: Contestant, seconds: Double) -> [String] {
        let commands = contestant.commands.compactMap { $0 }
        guard commands.count == contestant.commands.count else { return [contestant.title, "not installed", "", ""] }
        guard var load = DNSLoad(port: contestant.port, name: name, networks: clients) else {
            return [contestant.title, "no socket", "", ""]
        }
        defer { load.end() }
        var servers: [ServerProcess] = []
        for command in commands {
            guard let server = ServerProcess(command) else { return [contestant.title, "cannot be started", "", ""] }
            servers.append(server)
            // The next one may need it.
            if servers.count < commands.count { usleep(700_000) }
        }
        let deadline = MonotonicInstant.now + startLimit
        while !load.isAnswered() {
            guard MonotonicInstant.now < deadline else { return [contestant.title, "does not answer", "", ""] }
        }
        // What is done once for each network is done.
        load.run(seconds: 0.5)
        let before = servers[contestant.counted].processorTime
        load.run(seconds: seconds)
        let used = servers[contestant.counted].processorTime - before
        guard load.answers > 0, used > 0 else { return [contestant.title, "no answers", "", ""] }
        return [
            contestant.title, (used / Double(load.answers) * 1e6).text(places: 1),
            BenchTable.grouped(Int(Double(load.answers) / used)),
            BenchTable.grouped(Int(Double(load.answers) / seconds))
                + (load.others > 0 ? ", \(load.others) failures" : ""),
        ]
    }

    // MARK: - Who takes part

    private static let ports = (own: 15_370, gdnsd: 15_371, bind: 15_372, lua: 15_373, remote: 15_374)

    private static func contestants(_ directory: String) -> [Contestant] {
        let tandem = ["/proc/self/exe", "dns", "run", "--conf", directory, "--log-level", "err"]
        let pdns = ServerProcess.path(of: "pdns_server")
        func powerDNS(_ name: String, backend: String) -> [String]? {
            let module = "/usr/lib/*/pdns/lib\(backend)backend.so"
            guard let pdns, !LocalFiles().paths(matching: module).isEmpty else { return nil }
            return [pdns, "--config-dir=\(directory)/\(name)", "--daemon=no", "--guardian=no"]
        }
        let remote = powerDNS("remote", backend: "remote")
        return [
            Contestant(title: "tandem, own listener", commands: [tandem], port: ports.own),
            Contestant(
                title: "gdnsd, geoip with networks",
                commands: [ServerProcess.path(of: "gdnsd").map { [$0, "-c", "\(directory)/gdnsd", "-R", "start"] }],
                port: ports.gdnsd
            ),
            Contestant(
                title: "PowerDNS, bind, no caches (not steered)",
                commands: [powerDNS("bind", backend: "bind")],
                port: ports.bind
            ),
            Contestant(
                title: "PowerDNS, Lua record (netmask)",
                commands: [powerDNS("lua", backend: "bind")],
                port: ports.lua
            ),
            Contestant(
                title: "PowerDNS before tandem: PowerDNS",
                commands: [tandem, remote],
                port: ports.remote,
                counted: 1
            ),
            Contestant(
                // Of the zone, of a delegation and of the name: nothing is kept from one question to the next.
                title: "PowerDNS before tandem: tandem, three look-ups",
                commands: [tandem, remote],
                port: ports.remote
            ),
        ]
    }

    private static func network(_ index: Int) -> String { "11.\(index / 250).\(index % 250).0/24" }

    private static var clients: [IPPrefix] {
        // Not in the order of the tables.
        (0..<networks).compactMap { IPPrefix(network($0 &* 997 % networks)) }
    }

    // MARK: - Their files

    private static func writeFiles(_ directory: String) throws {
        for folder in ["gdnsd", "gdnsd/zones", "gdnsd/run", "gdnsd/state", "bind", "lua", "remote"] {
            mkdir("\(directory)/\(folder)", 0o700)
        }
        func write(_ name: String, _ text: String) throws {
            try LocalFiles.replace("\(directory)/\(name)", with: Array(text.utf8))
        }
        let places = 1...centers
        let hosts = places.map {
            "<data-center name=\"dc\($0)\"><param name=\"address\" value=\"192.0.2.\($0)\"/></data-center>"
        }
        let settings = [
            ("listen-port", "\(ports.own)"), ("rate-limit", "0"), ("conditions", "\(directory)/conditions"),
            ("backend-socket", "\(directory)/socket"),
        ].map { "<param name=\"\($0.0)\" value=\"\($0.1)\"/>" }
        try write(
            "freeswitch.xml",
            """
            <document type="freeswitch/xml"><section name="configuration"><configuration name="smart_dns.conf">
            <settings>\(settings.joined())</settings><data-centers>\(hosts.joined())</data-centers>
            <zones><zone name="voice.example"><param name="name-server" value="ns1"/>
            <record name="ns1" type="A" content="127.0.0.1"/><service name="sip"/></zone></zones>
            </configuration></section></document>
            """
        )
        let rows = (0..<networks).flatMap { index in
            places.map { "\(network(index)) dc\($0) \(20 + (index * 7 + $0 * 31) % 150) 0.1 2 100\n" }
        }
        try write("conditions", rows.joined())
        try writeGdnsd(write, directory)
        try writePowerDNS(write, directory)
    }

    private static func writeGdnsd(_ write: (String, String) throws -> Void, _ directory: String) throws {
        let places = 1...centers
        let names = places.map { "dc\($0)" }.joined(separator: ", ")
        let nets = (0..<networks).map { index in
            let first = index % centers
            let order = places.map { "dc\((first + $0) % centers + 1)" }
            return "\(network(index)) => [\(order.joined(separator: ", "))]\n"
        }
        let map = places.map { "dc\($0) => { addrs_v4 => [192.0.2.\($0)] }" }.joined(separator: ", ")
        try write(
            "gdnsd/config",
            """
            options => { listen => 127.0.0.1, dns_port => \(ports.gdnsd), udp_threads => 1, tcp_threads => 1,
                run_dir => \(directory)/gdnsd/run, state_dir => \(directory)/gdnsd/state }
            plugins => { geoip => { maps => { m => { datacenters => [\(names)], nets => { \(nets.joined()) } } },
                resources => { sip => { map => m, dcmap => { \(map) } } } } }
            """
        )
        try write("gdnsd/zones/voice.example", zone("30 DYNA geoip!sip"))
    }

    private static func zone(_ record: String) -> String {
        "@ 3600 SOA ns1 hostmaster 1 3600 600 604800 60\n@ 3600 NS ns1\nns1 3600 A 127.0.0.1\nsip \(record)\n"
    }

    private static func writePowerDNS(_ write: (String, String) throws -> Void, _ directory: String) throws {
        for (name, port, own) in [
            ("bind", ports.bind, "launch=bind\nbind-config=\(directory)/bind/named.conf\n"),
            ("lua", ports.lua, "launch=bind\nbind-config=\(directory)/lua/named.conf\nenable-lua-records=yes\n"),
            (
                "remote", ports.remote,
                "launch=remote\nremote-connection-string=unix:path=\(directory)/socket,timeout=300\n"
            ),
        ] {
            try write(
                "\(name)/pdns.conf",
                """
                \(own)edns-subnet-processing=yes
                consistent-backends=no
                cache-ttl=0
                query-cache-ttl=0
                negquery-cache-ttl=0
                distributor-threads=4
                local-address=127.0.0.1
                local-port=\(port)
                socket-dir=\(directory)/\(name)
                disable-syslog=yes
                loglevel=0
                security-poll-suffix=

                """
            )
            try write(
                "\(name)/named.conf",
                "zone \"voice.example\" { type master; file \"\(directory)/\(name)/zone\"; };\n"
            )
        }
        let origin = "$ORIGIN voice.example.\n"
        try write("bind/zone", origin + zone("30 IN A 192.0.2.1"))
        let script = "if netmask({'11.0.0.0/16'}) then return '192.0.2.1' else return '192.0.2.2' end"
        try write("lua/zone", origin + zone("30 IN LUA A \";\(script)\""))
    }

    private static func removeAll(_ directory: String) {
        // The deepest ones first.
        for depth in (0...3).reversed() {
            let pattern = directory + String(repeating: "/*", count: depth)
            for path in LocalFiles().paths(matching: pattern) { remove(path) }
        }
    }
}
