import Base
import Synchronization
import XMLConfig

/// Answers PowerDNS, whichever way it asks, and keeps what it has us keep.
public final class BackendDesk: Sendable {
    /// How long the file of keys may be, in bytes.
    private static let maximumStore = 1 << 20

    private let desk: SteeringDesk
    private let path: String?
    private let backend: Mutex<RemoteBackend>
    private let note: @Sendable (String) -> Void

    /// A desk.
    ///
    /// - Parameters:
    ///   - path: The file for keys; `nil` to keep them until the end only.
    ///   - note: Hears of what went wrong.
    public init(_ desk: SteeringDesk, keys path: String?, note: @escaping @Sendable (String) -> Void) {
        (self.desk, self.path, self.note) = (desk, path, note)
        var backend = RemoteBackend()
        if let path, let bytes = try? LocalFiles().contents(of: path, limit: Self.maximumStore) {
            if let store = KeyStore(json: bytes) { backend.store = store } else { note("\(path) holds no keys") }
        }
        self.backend = Mutex(backend)
    }

    /// The answer to a question as it came.
    public func answer(_ bytes: [UInt8]) -> String {
        guard let question = BackendQuestion(json: bytes) else { return RemoteBackend.failure }
        return answer(question)
    }

    func answer(_ question: BackendQuestion) -> String {
        var generator = SystemRandomNumberGenerator()
        let chance = generator.next()
        let desk = desk
        let context = RemoteBackend.Context(
            zones: desk.zones,
            chance: chance,
            decide: { desk.decide($0, chance: chance) },
            explain: { desk.command($0) }
        )
        // Only what changes the store needs the lock for long.
        var copy = backend.withLock { $0 }
        guard question.isChanging else { return copy.answer(question, context) }
        let (answer, changed) = backend.withLock { backend -> (String, KeyStore?) in
            let before = backend.store
            let answer = backend.answer(question, context)
            return (answer, backend.store == before ? nil : backend.store)
        }
        if let changed { write(changed) }
        return answer
    }

    private func write(_ store: KeyStore) {
        guard let path else { return }
        do {
            try LocalFiles.replace(path, with: Array(store.json.utf8))
        } catch {
            note("cannot write \(path): \(error)")
        }
    }
}

extension BackendQuestion {
    /// Whether it may change what is kept.
    var isChanging: Bool {
        method.hasSuffix("domainkey") || method == "setdomainmetadata"
    }
}
