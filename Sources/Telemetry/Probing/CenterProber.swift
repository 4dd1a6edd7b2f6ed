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
    /// How long an answer may take; slower ones are none.
    private static let patience = Duration.milliseconds(400)
    /// How many questions to one may be without an answer.
    private static let questions = 2
    /// How often others are told.
    private static let telling = Duration.milliseconds(125)
    /// An answer is a word or two.
    private static let answerBytes = 4096

    private let client: HTTPClient
    private let targets: [Target]
    private let watches: Mutex<[CenterWatch]>
    private let flights: [Turnstile]
    /// What nobody was told of yet, by the place of the data center.
    private let news = Mutex<[Int: CenterObservation]>([:])

    /// One that has asked nobody yet.
    ///
    /// - Parameter observer: Who we are.
    package init(_ targets: [Target], observer: String, serial: Int64) {
        self.targets = targets
        var settings = HTTPClientSettings()
        (settings.connectTimeout, settings.answerBytes) = (Self.patience, Self.answerBytes)
        settings.idleConnections = Self.questions * targets.count
        flights = targets.map { _ in Turnstile(limit: Self.questions) }
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
            for index in targets.indices {
                group.addTask { [self] in
                    await withDiscardingTaskGroup { questions in
                        var number = 0
                        while !Task.isCancelled {
                            number += 1
                            if flights[index].enter() {
                                questions.addTask { [number] in await self.ask(index, number, note) }
                            }
                            try? await Task.sleep(for: Self.interval)
                        }
                    }
                }
            }
        }
        client.close()
    }

    /// Tells others of the latest observations, until the task is cancelled.
    ///
    /// It may take long, while nobody can be told: asking goes on, and what is old by then is not told.
    package func tell(_ write: @escaping @Sendable ([CenterObservation]) async -> Void) async {
        guard !isIdle else { return }
        while !Task.isCancelled {
            let latest = news.withLock { news in
                defer { news = [:] }
                return Array(news.values)
            }
            if !latest.isEmpty { await write(latest) }
            try? await Task.sleep(for: Self.telling)
        }
    }

    private func ask(_ index: Int, _ number: Int, _ note: @Sendable (CenterObservation) -> Void) async {
        let answer = try? await client.send(ClientRequest(get: targets[index].url), timeout: Self.patience)
        flights[index].leave()
        guard !Task.isCancelled,
            let observation = watches.withLock({ $0[index].heard(answer?.status, to: number) })
        else { return }
        note(observation)
        news.withLock { $0[index] = observation }
    }
}
