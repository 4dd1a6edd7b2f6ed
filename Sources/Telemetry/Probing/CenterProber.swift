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

    /// How often each is asked.
    package static let interval = Duration.milliseconds(400)
    /// How long an answer may take; slower ones are none.
    private static let patience = Duration.milliseconds(400)
    /// An answer is a word or two.
    private static let answerBytes = 4096

    private let client: HTTPClient
    private let targets: [Target]
    private let watches: Mutex<[CenterWatch]>
    private let observer: String

    /// One that has asked nobody yet.
    ///
    /// - Parameter observer: Who we are.
    package init(_ targets: [Target], observer: String, serial: Int64) {
        (self.targets, self.observer) = (targets, observer)
        var settings = HTTPClientSettings()
        (settings.connectTimeout, settings.answerBytes) = (Self.patience, Self.answerBytes)
        settings.idleConnections = targets.count
        client = HTTPClient(group: MultiThreadedEventLoopGroup.singleton, tls: nil, settings: settings)
        watches = Mutex(targets.map { CenterWatch(center: $0.center, observer: observer, serial: serial) })
    }

    /// Whether there is anybody to be asked.
    package var isIdle: Bool { targets.isEmpty }

    /// Asks until the task is cancelled; each data center on its own, so that a silent one holds up no other.
    package func run(_ report: @escaping @Sendable (CenterObservation) async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            for index in targets.indices {
                group.addTask { [self] in
                    while !Task.isCancelled {
                        let begun = MonotonicInstant.now
                        let observation = await ask(index)
                        guard !Task.isCancelled else { return }
                        await report(observation)
                        let rest = Self.interval - (MonotonicInstant.now - begun)
                        if rest > .zero { try? await Task.sleep(for: rest) }
                    }
                }
            }
        }
        client.close()
    }

    private func ask(_ index: Int) async -> CenterObservation {
        let answer = try? await client.send(ClientRequest(get: targets[index].url), timeout: Self.patience)
        return watches.withLock { $0[index].heard(answer?.status) }
    }
}
