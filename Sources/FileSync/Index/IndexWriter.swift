import Base
import FileReplication
import NIOPosix

// @unchecked: used on the folder's thread, except for what it hands to the one thread that writes.
/// Writes what a folder knows, one store after the other, on a thread that may block.
final class IndexWriter: @unchecked Sendable {
    /// Something to be stored.
    struct Item: Sendable {
        var id: StoreID
        var entries: [(path: TreePath, entry: [UInt8]?)]
        var state: [UInt8]
    }

    /// How long it waits after a failure.
    private static let pause = Duration.seconds(2)

    private(set) var store: IndexStore
    private let thread = NIOThreadPool(numberOfThreads: 1)
    /// What could not be written, and when it is tried again.
    private(set) var failed: Item?
    private(set) var retryAt: MonotonicInstant?

    init(_ store: IndexStore) {
        self.store = store
        thread.start()
    }

    /// Writes, then tells on the writer's thread.
    func write(_ item: Item, done: @escaping @Sendable (Result<Void, IndexStore.Failure>) -> Void) {
        (failed, retryAt) = (nil, nil)
        let store = store
        thread.submit { _ in
            done(Result { () throws(IndexStore.Failure) in try store.store(item.entries, state: item.state) })
        }
    }

    /// Remembers what could not be written.
    func retry(_ item: Item, now: MonotonicInstant) {
        (failed, retryAt) = (item, now + Self.pause)
    }

    /// Does something else with the store.
    func perform(_ body: @escaping @Sendable (IndexStore) -> Void) {
        let store = store
        thread.submit { _ in body(store) }
    }

    /// Writes to another one from now on.
    func replace(_ store: IndexStore) {
        self.store = store
        (failed, retryAt) = (nil, nil)
    }

    func stop() async {
        try? await thread.shutdownGracefully()
        store.close()
    }
}
