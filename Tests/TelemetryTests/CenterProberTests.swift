import Base
import Glibc
import HTTPTransport
import TandemTesting
import Testing

@testable import Telemetry

@Suite(.timeLimit(.minutes(1))) struct CenterProberTests {
    /// What a data center answers to one question after the other, and what is seen.
    @Test func watches() throws {
        var watch = CenterWatch(center: "dc1", observer: "ns1", serial: 10)
        let table: [(status: Int?, number: Int, state: CenterObservation.State?, misses: Int)] = [
            (200, 1, .ready, 0), (503, 2, .unready, 0), (403, 3, .unready, 0), (nil, 4, .silent, 1),
            // The answer to the fifth comes before it is clear that there is none to the sixth, and the fourth is late.
            (nil, 6, .silent, 2), (200, 5, nil, 0), (204, 7, .ready, 0), (nil, 7, nil, 0), (nil, 8, .silent, 1),
        ]
        var serial: Int64 = 10
        for step in table {
            let seen = watch.heard(step.status, to: step.number)
            #expect(seen?.state == step.state)
            guard let seen else { continue }
            serial += 1
            #expect((seen.misses, seen.serial, seen.center, seen.observer) == (step.misses, serial, "dc1", "ns1"))
        }
    }

    /// One data center is there, and another one is not: that holds up neither the other nor those who are told slowly.
    @Test func asksAll() async throws {
        let server = HTTPServer(
            HTTPService { _ in HTTPPage(.serviceUnavailable, "not synced") },
            refusal: HTTPPage(.forbidden, "no"),
            isAllowed: { _ in true }
        )
        try await server.start(address: "127.0.0.1", port: 0)
        let port = try #require(server.port)
        // Nobody listens there, and nobody else can.
        let silent = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(silent) }
        let away = bindToLoopback(silent)
        let targets = [
            CenterProber.Target(center: "there", url: try HTTPURL("http://127.0.0.1:\(port)/readyz")),
            CenterProber.Target(center: "away", url: try HTTPURL("http://127.0.0.1:\(away)/readyz")),
        ]
        let prober = CenterProber(targets, observer: "ns1", serial: 0)
        let (seen, continuation) = AsyncStream.makeStream(of: CenterObservation.self)
        let work = Task { await prober.run { continuation.yield($0) } }
        var known: [String: CenterObservation] = [:]
        for await observation in seen {
            known[observation.center] = observation
            // On a busy machine an answer may come too late, and then the next one counts.
            if observation.center == "away" { #expect(observation.state == .silent) }
            if known["there"]?.state == .unready, known["away"]?.misses ?? 0 >= 3 { break }
        }
        let told = Task { () -> Set<String> in
            let (names, ready) = AsyncStream.makeStream(of: [String].self)
            let telling = Task { await prober.tell { ready.yield($0.map(\.center)) } }
            var all: Set<String> = []
            for await some in names {
                all.formUnion(some)
                if all.count == 2 { break }
            }
            telling.cancel()
            return all
        }
        #expect(await told.value == ["there", "away"])
        work.cancel()
        await work.value
        await server.stop()
    }
}
