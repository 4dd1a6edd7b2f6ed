import ArgumentParser
import Glibc

/// `tandem bench`: what each unit of work costs on this machine.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures this machine: what each unit of work costs."
    )

    enum Subject: String, ExpressibleByArgument, CaseIterable {
        case sip, dialplan, media
    }

    @Argument(help: "sip, dialplan or media; all of them without one.")
    var subject: Subject?

    @Option(help: "The configuration whose default context is hunted.")
    var conf = "conf"

    @Option(help: "How many bridged calls the media benchmark carries.")
    var calls = 200

    func run() async throws {
        print("\(sysconf(Int32(_SC_NPROCESSORS_ONLN))) processors; medians of \(Stopwatch.rounds) rounds\n")
        for subject in self.subject.map({ [$0] }) ?? Subject.allCases {
            switch subject {
            case .sip: SIPBench.run()
            case .dialplan: try await DialplanBench.run(conf: DirectoryOptions.absolute(conf))
            case .media: try await MediaBench.run(calls: calls)
            }
        }
    }
}
