import Base
package import HTTPTransport
import NIOPosix
import Synchronization

/// Asks data centers whether they are ready, again and again.
package final class CenterProber: Sendable {
    /// A data center that is asked.
    package struct Target: Hashable, Sendable {
        /// Its name.
        package var center: String
        /// What is asked for: with 2xx it is ready.
        package var url: HTTPURL

        /// A data center.
        package init(center: String, url: HTTPURL) {
            (self.center, self.url) = (center, url)
        }
    }

    /// How often each is asked, whether it has answered the question before or not: three that are missed take little more
    /// than a second.
    package static let interval = Duration.milliseconds(250)
    /// After how long an answer is not waited for any more.
    ///
    /// One that is late but comes before leaves the connection as it is: the next question need not connect first.
    private static let patience = Duration.seconds(2)
    /// How many connections to each are kept: on a long way several questions are under way.
    private static let connections = 4
    /// How often there may be something to be told to others.
    private static let telling = Duration.milliseconds(125)
    /// An answer is a word or two.
    private static let answerBytes = 4096

    private let client: HTTPClient
    private let targets: [Target]
    private let watches: Mutex<[CenterWatch]>
    /// What others are to be told.
    private let news = Mutex(ObservationNews())

    /// One that has asked nobody yet.
    ///
    /// - Parameter observer: Who we are.
    package init(_ targets: [Target], observer: String, serial: Int64) {
        self.targets = targets
        var settings = HTTPClientSettings()
        (settings.connectTimeout, settings.answerBytes) = (Self.patience, Self.answerBytes)
        settings.idleConnections = Self.connections * targets.count
        client = HTTPClient(group: MultiThreadedEventLoopGroup.singleton, tls: nil, settings: settings)
        watches = Mutex(targets.map { CenterWatch(center: $0.center, observer: observer, serial: serial) })
    }

    /// Whether there is anybody to be asked.
    package var isIdle: Bool { targets.isEmpty }

    /// Asks until the task is cancelled; each data center on its own, so that a silent one holds up no other.
    ///
    /// - Parameter note: Gets every observation, and returns at once.
    package func run(_ note: @escaping @Sendable (CenterObservation) -> Void = { _ in }) async {
        await withTaskGroup(of: Void.self) { group in
            for index in targets.indices { group.addTask { await self.watch(index, note) } }
        }
        client.close()
    }

    private func watch(_ index: Int, _ note: @escaping @Sendable (CenterObservation) -> Void) async {
        await withDiscardingTaskGroup { questions in
            var next = MonotonicInstant.now
            while !Task.isCancelled {
                let now = MonotonicInstant.now
                let isDue = now >= next
                let (late, number, due) = watches.withLock { watches in
                    let late = watches[index].tick(at: now)
                    let number = isDue ? watches[index].ask(at: now) : nil
                    return (late, number, watches[index].due)
                }
                late.forEach { take($0, note) }
                if let number { questions.addTask { await self.ask(index, number, note) } }
                // What was missed is not made up for.
                if isDue { next = now + Self.interval }
                try? await Task.sleep(for: min(next, due ?? next) - now)
            }
        }
    }

    /// Tells others of the latest observations, until the task is cancelled.
    ///
    /// It may take long, while nobody can be told: asking goes on, and what is old by then is not told.
    package func tell(_ write: @escaping @Sendable ([CenterObservation]) async -> Void) async {
        guard !isIdle else { return }
        while !Task.isCancelled {
            let latest = news.withLock { $0.take(at: .now) }
            if !latest.isEmpty { await write(latest) }
            try? await Task.sleep(for: Self.telling)
        }
    }

    private func ask(_ index: Int, _ number: Int, _ note: @Sendable (CenterObservation) -> Void) async {
        let request = ClientRequest(get: targets[index].url)
        let answer = try? await client.send(request, timeout: Self.patience) {
            self.watches.withLock { $0[index].sent(number, at: .now) }
        }
        guard !Task.isCancelled,
            let observation = watches.withLock({ $0[index].heard(answer?.status, to: number, at: .now) })
        else { return }
        take(observation, note)
    }

    private func take(_ observation: CenterObservation, _ note: @Sendable (CenterObservation) -> Void) {
        note(observation)
        news.withLock { $0.note(observation) }
    }
}
