import Base
import Synchronization
import XMLConfig

#if canImport(Glibc)
import Glibc
#endif

/// Answers PowerDNS, whichever way it asks, and keeps what it has us keep.
public final class BackendDesk: Sendable {
    /// How long the file of keys may be, in bytes.
    private static let maximumStore = 1 << 20

    private let desk: SteeringDesk
    private let path: String?
    private let backend: Mutex<RemoteBackend>
    private let note: @Sendable (String) -> Void
    /// What is in the file is not understood, so that it stays as it is.
    private let isLocked: Bool

    /// A desk.
    ///
    /// - Parameters:
    ///   - path: The file for keys; `nil` to keep them until the end only.
    ///   - note: Hears of what went wrong.
    public init(_ desk: SteeringDesk, keys path: String?, note: @escaping @Sendable (String) -> Void) {
        (self.desk, self.path, self.note) = (desk, path, note)
        var backend = RemoteBackend()
        var isLocked = false
        if let path, access(path, F_OK) == 0 {
            let bytes = try? LocalFiles().contents(of: path, limit: Self.maximumStore)
            if let store = bytes.flatMap({ KeyStore(json: $0) }) {
                backend.store = store
            } else {
                isLocked = true
                note("keys in \(path) cannot be read: zones are not signed, and no key is changed until it is mended")
            }
        }
        self.isLocked = isLocked
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
        let (desk, plan) = (desk, desk.plan)
        let context = RemoteBackend.Context(
            zones: plan.zones,
            chance: chance,
            decide: { desk.decide($0, with: plan, chance: chance, explores: $1) },
            note: { name, asker in
                if let asker, asker.length == asker.address.bitWidth { desk.noteQuestion(name, from: asker.address) }
            },
            explain: { desk.command($0) }
        )
        // Only what changes the store needs the lock for long.
        var copy = backend.withLock { $0 }
        guard question.isChanging else { return copy.answer(question, context) }
        // What PowerDNS is told to be kept is on the disk: a key that is lost with a restart makes a zone bogus.
        return backend.withLock { backend in
            let before = backend.store
            let answer = backend.answer(question, context)
            guard backend.store != before, !write(backend.store) else { return answer }
            backend.store = before
            return RemoteBackend.failure
        }
    }

    private func write(_ store: KeyStore) -> Bool {
        guard let path else { return true }
        let bytes = Array(store.json.utf8)
        guard !isLocked, bytes.count <= Self.maximumStore else {
            note("\(path) is not changed: \(isLocked ? "what it holds cannot be read" : "it would be too long")")
            return false
        }
        do {
            try LocalFiles.replace(path, with: bytes, isDurable: true)
            return true
        } catch {
            note("cannot write \(path): \(error)")
            return false
        }
    }
}

extension BackendQuestion {
    /// Whether it may change what is kept.
    var isChanging: Bool {
        method.hasSuffix("domainkey") || method == "setdomainmetadata"
    }
}
