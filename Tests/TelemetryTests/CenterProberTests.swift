import Base
import Glibc
import HTTPTransport
import TandemTesting
import Testing

@testable import Telemetry

@Suite(.timeLimit(.minutes(1))) struct CenterProberTests {
    /// Answers over which distance, in milliseconds there and back, and how the data center is seen then.
    @Test(
        arguments: [
            (10, true, .ready), (190, true, .ready), (210, false, .ready), (300, true, .ready), (300, false, .ready),
            (600, false, .ready), (900, true, .ready), (1100, true, .silent),
        ] as [(Int64, Bool, CenterObservation.State)]
    )
    func distances(trip: Int64, keepsConnections: Bool, state: CenterObservation.State) throws {
        var path = SimulatedPath(trip: .milliseconds(trip), keepsConnections: keepsConnections)
        path.run(until: .seconds(2))
        let seen = path.run(until: .seconds(30))
        #expect(seen.count > 80)
        #expect(Set(seen.map(\.observation.state)) == [state])
    }

    /// A data center that dies is silent three times soon after, however far away it is.
    @Test(arguments: [(2, 950), (150, 950), (300, 1000), (600, 1250)] as [(Int64, Int64)])
    func deaths(trip: Int64, limit: Int64) throws {
        var path = SimulatedPath(trip: .milliseconds(trip), keepsConnections: true)
        path.run(until: .seconds(30))
        path.isAlive = false
        let seen = path.run(until: .seconds(40))
        let third = try #require(seen.first { $0.observation.misses == 3 })
        #expect(third.at - (.zero + .seconds(30)) <= .milliseconds(limit + trip / 2))
        // It is there again: the first answer says so, and the misses begin anew.
        path.isAlive = true
        let back = try #require(path.run(until: .seconds(43)).first { $0.observation.state == .ready })
        #expect(back.observation.misses == 0)
    }

    /// A path that becomes much longer is not taken for a data center that is away for long: late answers tell of it.
    @Test func longerWays() {
        var path = SimulatedPath(trip: .milliseconds(20), keepsConnections: true)
        path.run(until: .seconds(10))
        path.trip = .milliseconds(800)
        path.run(until: .seconds(13))
        #expect(Set(path.run(until: .seconds(30)).map(\.observation.state)) == [.ready])
    }

    /// What a data center answers to one question after the other, and what is seen.
    @Test func watches() throws {
        var watch = CenterWatch(center: "dc1", observer: "ns1", serial: 10)
        let table: [(status: Int?, number: Int, state: CenterObservation.State?, misses: Int)] = [
            (200, 1, .ready, 0), (503, 2, .unready, 0), (403, 3, .unready, 0), (nil, 4, .silent, 1),
            // The answer to the fifth comes before it is clear that there is none to the sixth, and the fourth is late.
            (nil, 6, .silent, 2), (200, 5, nil, 0), (204, 7, .ready, 0), (nil, 7, nil, 0), (nil, 8, .silent, 1),
        ]
        for number in 1...8 { #expect(watch.ask(at: .zero) == number) }
        var serial: Int64 = 10
        for step in table {
            watch.sent(step.number, at: .zero)
            let seen = watch.heard(step.status, to: step.number, at: .zero)
            #expect(seen?.state == step.state)
            guard let seen else { continue }
            serial += 1
            #expect((seen.misses, seen.serial, seen.center, seen.observer) == (step.misses, serial, "dc1", "ns1"))
        }
    }

    @Test func questionsAreBounded() {
        var watch = CenterWatch(center: "dc1", observer: "ns1", serial: 0)
        let numbers = (0..<20).map { _ in watch.ask(at: .zero) }
        #expect(numbers.compactMap { $0 }.count == CenterWatch.maximumQuestions)
        _ = watch.heard(nil, to: 1, at: .zero)
        #expect(watch.ask(at: .zero) != nil)
    }

    /// What stays is told once a second, for all data centers together; what changes at once, and some time after it.
    @Test func news() {
        var news = ObservationNews()
        var told: [(at: Int64, centers: Set<String>)] = []
        var serial: Int64 = 0
        func run(_ milliseconds: ClosedRange<Int64>, _ states: [String: CenterObservation.State]) {
            for time in stride(from: milliseconds.lowerBound, through: milliseconds.upperBound, by: 125) {
                let now = MonotonicInstant.zero + .milliseconds(time)
                for (center, state) in states where time % 250 == 0 {
                    serial += 1
                    let seen = CenterObservation(center: center, observer: "o", state: state, misses: 0, serial: serial)
                    news.note(seen)
                }
                let some = news.take(at: now)
                if !some.isEmpty { told.append((time, Set(some.map(\.center)))) }
            }
        }
        run(0...9875, ["a": .ready, "b": .ready])
        told = []
        run(10_000...19_875, ["a": .ready, "b": .ready])
        #expect(told.count == 10)
        #expect(told.allSatisfy { $0.centers == ["a", "b"] })
        told = []
        run(20_000...29_875, ["a": .silent, "b": .ready])
        let ofA = told.filter { $0.centers.contains("a") }.map(\.at)
        #expect(ofA.first == 20_000)
        // Five good ones in a row are what it takes to be believed.
        #expect(ofA.count { $0 < 22_000 } == ObservationNews.steps)
        #expect(told.count { $0.centers.contains("b") } == 10)
    }

    /// A data center whose answers take as long as from the other side of the earth, and are all there.
    @Test func farAway() async throws {
        let server = HTTPServer(
            HTTPService { _ in
                try? await Task.sleep(for: .milliseconds(450))
                return HTTPPage(.ok, "ready")
            },
            refusal: HTTPPage(.forbidden, "no"),
            isAllowed: { _ in true }
        )
        try await server.start(address: "127.0.0.1", port: 0)
        let url = try HTTPURL("http://127.0.0.1:\(try #require(server.port))/readyz")
        let prober = CenterProber([CenterProber.Target(center: "far", url: url)], observer: "ns1", serial: 0)
        let (seen, continuation) = AsyncStream.makeStream(of: CenterObservation.self)
        let work = Task { await prober.run { continuation.yield($0) } }
        var ready = 0
        for await observation in seen {
            ready += observation.state == .ready ? 1 : 0
            if ready == 5 || observation.serial > 100 { break }
        }
        #expect(ready == 5)
        work.cancel()
        await work.value
        await server.stop()
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

/// A data center at a distance that is asked as ``CenterProber`` does it, in simulated time.
private struct SimulatedPath {
    /// There and back.
    var trip: Duration
    /// Whether a connection is good for another question.
    let keepsConnections: Bool
    var isAlive = true
    private var watch = CenterWatch(center: "dc1", observer: "ns1", serial: 0)
    private var now = MonotonicInstant.zero
    private var next = MonotonicInstant.zero
    private var idle = 0
    private var events: [(at: MonotonicInstant, number: Int, what: Event)] = []

    private enum Event { case sent, answered, givenUp }

    init(trip: Duration, keepsConnections: Bool) {
        (self.trip, self.keepsConnections) = (trip, keepsConnections)
    }

    /// Lets time pass, and says what was seen.
    @discardableResult
    mutating func run(until end: Duration) -> [(at: MonotonicInstant, observation: CenterObservation)] {
        var seen: [(at: MonotonicInstant, observation: CenterObservation)] = []
        while now < .zero + end {
            now = now + .milliseconds(5)
            seen += watch.tick(at: now).map { (now, $0) }
            if now >= next {
                next = next + CenterProber.interval
                if let number = watch.ask(at: now) { begin(number) }
            }
            for event in events where event.at <= now {
                if let observation = take(event.number, event.what) { seen.append((now, observation)) }
            }
            events.removeAll { $0.at <= now }
        }
        return seen
    }

    private mutating func begin(_ number: Int) {
        events.append((now + .seconds(2), number, .givenUp))
        if idle > 0 {
            idle -= 1
            send(number)
        } else if isAlive {
            events.append((now + trip, number, .sent))
        }
    }

    private mutating func send(_ number: Int) {
        watch.sent(number, at: now)
        if isAlive { events.append((now + trip, number, .answered)) }
    }

    private mutating func take(_ number: Int, _ event: Event) -> CenterObservation? {
        switch event {
        case .sent:
            if isAlive { send(number) }
            return nil
        case .answered:
            guard isAlive else { return nil }
            if keepsConnections { idle += 1 }
            return watch.heard(200, to: number, at: now)
        case .givenUp: return watch.heard(nil, to: number, at: now)
        }
    }
}
