import ArgumentParser
import Glibc

/// `tandem bench`: what each unit of work costs on this machine.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures this machine: what each unit of work costs.",
        discussion: """
            Costs are CPU time, medians of several rounds; the spread between the cheapest and the dearest round, in \
            relation to the median, is the machine's noise. Aims: indexing an INVITE of 500 octets in 1 µs, a hunt \
            through 500 extensions in 100 µs, one through a tenant's dialplan with its inline actions in 1 ms, a \
            variable in 2 µs, a document of the XML handler in 100 µs from memory, 500 µs from memcached and 2 ms \
            from tables, the documents of a call's 28 look-ups in 9 ms of CPU, and 10 ms in all, from memory or memcached, \
            in 15 ms of CPU, and 40 ms in all, from tables, a call's way through the dialplan in 1 ms more with tables in \
            memory than with files, a relayed packet in 1.3 times what a plain relay in C needs; for the smart DNS, a \
            look-up of PowerDNS's in 40 µs, an answer to a question with a client's network in 50 µs, a decision among a \
            million networks and eight data centers in 1 µs and 300 MB; a SELECT through the balancer in 30 µs of this \
            program's time.
            """
    )

    enum Subject: String, ExpressibleByArgument, CaseIterable {
        case sip, dialplan, events, media, handler, dns, balancer
    }

    @Argument(help: "sip, dialplan, events, media, handler, dns or balancer; all of them without one.")
    var subject: Subject?

    @Option(help: "For how many seconds each line of the tables is measured.")
    var seconds = 3.0

    @Option(help: "The configuration whose default context is hunted.")
    var conf = "conf"

    @Option(help: "A folder of extensions, such as a portal's templates, that is hunted as one context too.")
    var extensions: String?

    @Option(
        help: "memcached servers for the benchmark of documents: host,host:port; one of its own where it is not given."
    )
    var memcacheServers: String?

    @Option(
        help: """
            mariadb://… or pgsql://…: a node for the benchmark of the balancer, given for each of them; for that of the \
            handler (SQLite by default) an empty database, whose tables are removed afterwards.
            """
    )
    var database: [String] = []

    @Option(help: "How many bridged calls the media benchmark carries.")
    var calls = 200

    func validate() throws {
        guard seconds > 0, seconds <= 3600 else { throw ValidationError("--seconds must be more than 0, at most 3600") }
        guard subject != .handler || database.count < 2 else {
            throw ValidationError("the handler is measured with one --database")
        }
        guard MediaBench.possibleCalls.contains(calls) else {
            throw ValidationError("--calls must be 1 to \(MediaBench.possibleCalls.upperBound)")
        }
    }

    func run() async throws {
        print("processors: \(sysconf(Int32(_SC_NPROCESSORS_ONLN)))\n")
        for subject in self.subject.map({ [$0] }) ?? Subject.allCases {
            switch subject {
            case .sip: print(SIPBench.run(Stopwatch(seconds: seconds)).text)
            case .dialplan:
                print(try await DialplanBench.run(Stopwatch(seconds: seconds), conf: conf).text)
                print(try await TenantBench.run(Stopwatch(seconds: seconds), extensions: extensions))
            case .events: print(EventBench.run(Stopwatch(seconds: seconds)).text)
            case .handler:
                // The nodes of a balancer are not to be filled by the way.
                let named = self.subject == .handler ? database.first : nil
                print(try await HandlerBench.run(seconds: seconds, memcached: memcacheServers, database: named))
            case .dns:
                print(try DNSBench.run(Stopwatch(seconds: seconds)))
                print(DNSServerBench.run(seconds: max(seconds, 2)))
            case .balancer: print(try await BalancerBench.run(seconds: seconds, nodes: database))
            case .media: print(try await MediaBench.run(seconds: seconds, calls: calls))
            }
            // Each table shows as soon as it is ready, into a pipe too.
            fflush(nil)
        }
    }
}
