import Base
import FileReplication
import FileTrees
import Glibc
import Synchronization
import TandemTesting
import Testing

@testable import FileSync

/// What the folders of a test say; whoever waits is told of everything.
final class EventLog: Sendable {
    private struct State {
        var events: [(node: Int, event: FolderEvent)] = []
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func add(_ node: Int, _ event: FolderEvent) {
        let waiters = state.withLock { state in
            state.events.append((node, event))
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    var count: Int { state.withLock { $0.events.count } }

    /// What a node has said since so many events.
    func events(of node: Int, since first: Int = 0) -> [FolderEvent] {
        state.withLock { state in state.events.dropFirst(first).filter { $0.node == node }.map(\.event) }
    }

    /// Waits until there are more than so many.
    func more(than count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                guard state.events.count <= count else { return true }
                state.waiters.append(continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
    }
}

/// One direction between two folders, with all that is said going over the wire's form.
final class MemoryLink: FolderLink {
    private let stream: AsyncStream<[UInt8]>
    private let input: AsyncStream<[UInt8]>.Continuation
    private let waiting = Atomic(0)
    private let total = Atomic(0)
    private let packing = Mutex(MessagePacking())

    init() {
        (stream, input) = AsyncStream.makeStream()
    }

    func send(_ message: ReplicaMessage) {
        let bytes = message.encoded
        waiting.add(bytes.count, ordering: .relaxed)
        // As on a connection, where holes take next to nothing.
        let packed = packing.withLock { $0.pack(message, isPossible: true).bytes.count }
        total.add(packed, ordering: .relaxed)
        input.yield(bytes)
    }

    var queuedBytes: Int { waiting.load(ordering: .relaxed) }
    var sentBytes: Int { total.load(ordering: .relaxed) }

    /// Hands everything to a folder, until the link is cut.
    ///
    /// - Parameter back: What the receiver says something to the sender over.
    func deliver(
        from sender: SyncFolder,
        _ own: NodeID,
        to receiver: SyncFolder,
        _ peer: NodeID,
        back: MemoryLink
    ) async {
        for await bytes in stream {
            guard let message = try? ReplicaMessage(decoding: bytes) else {
                Issue.record("what was sent cannot be read")
                continue
            }
            await receiver.received(message, from: own, link: back)
            waiting.subtract(bytes.count, ordering: .relaxed)
            sender.drained(peer, link: self)
        }
    }

    func cut() { input.finish() }
}

/// One node of a test: a folder in a temporary directory.
final class TestNode: Sendable {
    let number: Int
    let root: String
    let index: String
    let folder: SyncFolder

    init(_ number: Int, root: String, index: String, _ settings: FolderSettings, _ log: EventLog) {
        (self.number, self.root, self.index) = (number, root, index)
        folder = SyncFolder(
            name: "folder",
            root: root,
            settings: settings,
            own: FolderRig.id(number),
            indexDirectory: index,
            tell: { log.add(number, $0) }
        )
    }

    func path(_ name: String) -> String { "\(root)/\(name)" }

    /// Writes a file as most programs do: in place, then closed.
    func write(_ bytes: [UInt8], to name: String) { TestFiles.write(bytes, to: path(name)) }

    func bytes(_ name: String) -> [UInt8]? { TestFiles.bytes(path(name)) }
}

/// Folders on several nodes, all connected to each other.
final class FolderRig {
    let log = EventLog()
    let directory = TemporaryDirectory()
    private(set) var nodes: [TestNode] = []
    private(set) var links: [Set<Int>: [MemoryLink]] = [:]
    /// What was sent on links that were cut.
    private var sentBefore = 0
    private let settings: FolderSettings

    static func id(_ number: Int) -> NodeID { NodeID(UInt64(number + 1)) }

    static func settings(_ count: Int) -> FolderSettings {
        var members: [NodeID: String] = [:]
        for number in 0..<count { members[id(number)] = "n\(number)" }
        var replication = FolderConfiguration(members: members)
        replication.quiet = .milliseconds(50)
        replication.grace = .milliseconds(500)
        replication.pause = .milliseconds(300)
        return FolderSettings(replication)
    }

    /// Folders that are empty unless somebody fills them before ``start()``.
    ///
    /// - Parameter base: Where the directories of the nodes are, if not in one of the rig's own.
    init(
        _ count: Int = 2,
        base: String? = nil,
        roots: [Int: String] = [:],
        _ change: (inout FolderSettings) -> Void = { _ in }
    ) {
        var settings = Self.settings(count)
        change(&settings)
        self.settings = settings
        for number in 0..<count {
            let root = roots[number] ?? "\(base ?? directory.path)/root\(number)"
            mkdir(root, 0o755)
            let index = "\(base ?? directory.path)/index\(number)"
            nodes.append(TestNode(number, root: root, index: index, settings, log))
        }
    }

    /// Starts all nodes and connects them.
    func start() async throws {
        for node in nodes { try await node.folder.start() }
        for left in nodes.indices { for right in nodes.indices where left < right { connect(left, right) } }
    }

    func connect(_ left: Int, _ right: Int) {
        let (there, back) = (MemoryLink(), MemoryLink())
        let (a, b) = (nodes[left].folder, nodes[right].folder)
        let (own, peer) = (Self.id(left), Self.id(right))
        a.connected(peer, link: there)
        b.connected(own, link: back)
        // Not before both are connected: what somebody says who is not, is nobody's.
        Task { await there.deliver(from: a, own, to: b, peer, back: back) }
        Task { await back.deliver(from: b, peer, to: a, own, back: there) }
        links[[left, right]] = [there, back]
    }

    func disconnect(_ left: Int, _ right: Int) {
        guard let pair = links.removeValue(forKey: [left, right]), pair.count == 2 else { return }
        for link in pair { link.cut() }
        sentBefore += pair.reduce(0) { $0 + $1.sentBytes }
        nodes[left].folder.disconnected(Self.id(right), link: pair[0])
        nodes[right].folder.disconnected(Self.id(left), link: pair[1])
    }

    /// How many bytes were sent by all, as messages that are packed.
    var sentBytes: Int { sentBefore + links.values.joined().reduce(0) { $0 + $1.sentBytes } }

    /// Ends a node; another process would find what it left.
    func stop(_ number: Int) async {
        for other in nodes.indices where other != number { disconnect(number, other) }
        await nodes[number].folder.stop()
    }

    /// Starts a node that was stopped, and connects it.
    func restart(_ number: Int, connect isConnected: Bool = true) async throws {
        let old = nodes[number]
        nodes[number] = TestNode(number, root: old.root, index: old.index, settings, log)
        try await nodes[number].folder.start()
        guard isConnected else { return }
        for other in nodes.indices where other != number { connect(min(number, other), max(number, other)) }
    }

    func stop() async {
        for number in nodes.indices { await stop(number) }
    }

    /// Waits until something holds, which the folders' threads bring about.
    func until(_ condition: () async throws -> Bool) async throws {
        if try await comesTrue(attempts: 2000, condition) { return }
        let trees = nodes.map { TestFiles.tree($0.root) }
        for (node, tree) in zip(nodes, trees) {
            Issue.record("node \(node.number), \(tree.count) files: \(await node.folder.status())")
            for path in Set(trees.flatMap(\.keys)).sorted() where trees.contains(where: { $0[path] != tree[path] }) {
                let lines = await node.folder.explain(try TreePath(String(path.dropFirst())))
                Issue.record("node \(node.number) \(path): \(tree[path] ?? "not there"), \(lines)")
            }
        }
        throw NothingHappened()
    }

    /// Waits until a node has said something.
    func heard(_ node: Int, since first: Int = 0, _ isMeant: (FolderEvent) -> Bool) async throws {
        try await until { log.events(of: node, since: first).contains(where: isMeant) }
    }

    /// Waits until a node has said something about what it replicates.
    func heard(_ node: Int, _ event: ReplicaEvent, since first: Int = 0) async throws {
        try await heard(node, since: first) { if case .replica(event) = $0 { true } else { false } }
    }

    /// Waits until all nodes have the same, and nothing is to be done.
    func settle() async throws {
        try await until {
            let first = TestFiles.tree(nodes[0].root)
            for node in nodes {
                let status = await node.folder.status()
                guard status.unsettled == 0, !status.isScanning, TestFiles.tree(node.root) == first else {
                    return false
                }
                guard status.peers.values.allSatisfy({ !$0.isConnected || $0.isInSync }) else { return false }
            }
            return true
        }
    }
}

/// Something that a test has waited for in vain.
struct NothingHappened: Error {}

extension FolderEvent {
    /// Whether it is an event of the replica.
    func isReplica(_ isMeant: (ReplicaEvent) -> Bool) -> Bool {
        if case .replica(let event) = self { isMeant(event) } else { false }
    }
}
