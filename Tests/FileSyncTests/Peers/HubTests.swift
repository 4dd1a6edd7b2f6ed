import FileReplication
import Glibc
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import TandemTesting
import Testing

@testable import FileSync

/// Connections over TLS on loopback: who is let in, and who is not.
struct HubTests {
    /// A node with a certificate of its own that listens on loopback.
    final class Node {
        let name: NodeName
        let directory = TemporaryDirectory()
        let identity: NodeIdentity
        let log = LogCapture()
        let folder: SyncFolder
        let hub: PeerHub
        var grants: [PeerHub.Grant] = []

        init(_ text: String, authority: String? = nil) async throws {
            name = try #require(NodeName(text))
            let path = "\(directory.path)/node.pem"
            _ = try NodeIdentity.make(name, path: path)
            identity = try NodeIdentity(path: path)
            let tls = try PeerTLS(identity, authority: authority)
            let names = ["a1", "a2"].compactMap { NodeName($0) }
            let members = Dictionary(uniqueKeysWithValues: names.map { ($0.id, $0.text) })
            folder = SyncFolder(
                name: "b",
                root: directory.path + "/none",
                settings: FolderSettings(FolderConfiguration(members: members)),
                own: name.id,
                indexDirectory: directory.path + "/index"
            ) { _ in }
            hub = PeerHub(
                PeerHub.Plan(node: name, tls: tls, peers: []),
                threads: 1,
                logger: Logger(label: "test") { [log] _ in log },
                clock: { WeekTime(day: 0, minute: 0) },
                folder: { [folder] in $0 == "b" ? folder : nil }
            )
            try await hub.listen(at: PeerAddress(host: "127.0.0.1", port: 0))
            hub.start()
        }

        var port: Int { hub.listeningAddress?.port ?? 0 }

        /// What a peer may have, and where it is called.
        func give(
            _ folders: [String],
            to peer: Node,
            calls: Bool = false,
            as known: String? = nil,
            fingerprint: Fingerprint? = nil
        ) throws {
            var settings = PeerSettings(name: try #require(NodeName(known ?? peer.name.text)))
            settings.fingerprint = fingerprint ?? peer.identity.fingerprint
            if calls { settings.address = PeerAddress(host: "127.0.0.1", port: peer.port) }
            var named: [String: [RateLimit]] = [:]
            for folder in folders { named[folder] = [] }
            grants.removeAll { $0.peer.name == settings.name }
            grants.append(PeerHub.Grant(peer: settings, folders: named))
            hub.apply(PeerHub.Plan(node: name, tls: try PeerTLS(identity, authority: nil), peers: grants))
        }

        func status(of peer: Node) -> PeerStatus? { hub.status.first { $0.name == peer.name } }
        func isConnected(to peer: Node) -> Bool { status(of: peer)?.isConnected ?? false }
        func shared(with peer: Node) -> [String]? {
            status(of: peer).flatMap { $0.isConnected ? $0.folders.filter(\.isShared).map(\.name).sorted() : nil }
        }
        /// Whether the folder can say something to the peer.
        func isLinked(to peer: Node) async -> Bool { await folder.status().peers[peer.name.id]?.isConnected ?? false }
        func hasLogged(_ text: String) -> Bool { log.lines.contains { $0.contains(text) } }
    }

    @Test func twoWhoKnowEachOtherShareWhatBothHave() async throws {
        let (one, two) = (try await Node("a1"), try await Node("a2"))
        // Both call, at the same time.
        try two.give(["b", "c"], to: one, calls: true)
        try one.give(["a", "b"], to: two, calls: true)
        try await waitUntil("connected") { one.isConnected(to: two) && two.isConnected(to: one) }
        let status = try #require(one.status(of: two))
        #expect(status.folders.filter(\.isShared).map(\.name) == ["b"])
        #expect(status.sent > 500 && status.received > 500)
        await one.hub.stop()
        try await waitUntil("told of the end") { two.hasLogged("the configuration has changed, or the node ends") }
        await two.hub.stop()
    }

    @Test func aChangeOfWhatIsSharedMakesTheConnectionAnew() async throws {
        let (one, two) = (try await Node("a1"), try await Node("a2"))
        try one.give(["b"], to: two)
        try two.give(["b"], to: one, calls: true)
        try await waitUntil("connected") { one.isConnected(to: two) }
        try one.give(["x"], to: two)
        try await waitUntil("connected without the folder") {
            one.isConnected(to: two) && two.isConnected(to: one)
                && two.status(of: one)?.folders.contains { $0.isShared } == false
        }
        await one.hub.stop()
        await two.hub.stop()
    }

    /// Of two connections that come at the same time the one that stays is also the one that the folders use.
    @Test func foldersUseTheConnectionThatStays() async throws {
        let (one, two) = (try await Node("a1"), try await Node("a2"))
        for node in [one, two] {
            mkdir(node.directory.path + "/none", 0o755)
            try await node.folder.start()
        }
        for round in 0..<40 {
            // Each change ends the connection, and both call.
            let folders = round % 2 == 0 ? ["b"] : ["b", "x"]
            try one.give(folders, to: two, calls: true)
            try two.give(folders, to: one, calls: true)
            try await waitUntil("connected, in round \(round)") {
                one.shared(with: two) == folders && two.shared(with: one) == folders
            }
            try await waitUntil("the folders too, in round \(round)") {
                let (there, back) = (await one.isLinked(to: two), await two.isLinked(to: one))
                return there && back
            }
        }
        for node in [one, two] {
            await node.hub.stop()
            await node.folder.stop()
        }
    }

    @Test func aWrongCertificateIsRefusedByEitherSideAndBothSayWhy() async throws {
        let (one, two) = (try await Node("a1"), try await Node("a2"))
        let wrong = Fingerprint(of: [1])
        // The one who is called does not know the caller.
        try one.give(["b"], to: two, fingerprint: wrong)
        try two.give(["b"], to: one, calls: true)
        try await waitUntil("refused") {
            one.hasLogged("the certificate \(two.identity.fingerprint) is not that of a configured peer")
                && two.status(of: one)?.fault == "the peer does not know the certificate of this node"
        }
        // The caller does not know the one it calls.
        try one.give(["b"], to: two)
        try two.give(["b"], to: one, calls: true, fingerprint: wrong)
        let fault = "the certificate \(one.identity.fingerprint) is not that of a configured peer"
        try await waitUntil("refused") { two.status(of: one)?.fault == fault }
        #expect(!one.isConnected(to: two) && !two.isConnected(to: one))
        await one.hub.stop()
        await two.hub.stop()
    }

    @Test func anotherNameThanTheConfiguredOneIsRefused() async throws {
        let (one, two) = (try await Node("a1"), try await Node("a2"))
        try one.give(["b"], to: two, as: "a3")
        try two.give(["b"], to: one, calls: true)
        let fault = "the peer says: it calls itself a2, and is configured as a3"
        try await waitUntil("refused") { two.status(of: one)?.fault == fault }
        await one.hub.stop()
        await two.hub.stop()
    }

    @Test func whoSpeaksNoTLSIsRefusedAndNothingElseHappens() async throws {
        let one = try await Node("a1")
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let channel = try await ClientBootstrap(group: group).connect(host: "127.0.0.1", port: one.port).get()
        var buffer = channel.allocator.buffer(capacity: 64)
        buffer.writeString("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        try await channel.writeAndFlush(buffer)
        try await channel.closeFuture.get()
        #expect(one.hasLogged("refused 1 callers"))
        try await group.shutdownGracefully()
        await one.hub.stop()
    }

    /// TLS as it was before 1.3, and no certificate at all.
    @Test(arguments: [true, false])
    func oldTLSAndNoCertificateAreRefused(isOld: Bool) async throws {
        let (one, two) = (try await Node("a1"), try await Node("a2"))
        try one.give(["b"], to: two)
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        if isOld {
            configuration.maximumTLSVersion = .tlsv12
            configuration.certificateChain = two.identity.chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(two.identity.key)
        }
        let context = try NIOSSLContext(configuration: configuration)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let channel = try await ClientBootstrap(group: group).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(
                    NIOSSLClientHandler(context: context, serverHostname: nil)
                )
            }
        }.connect(host: "127.0.0.1", port: one.port).get()
        var buffer = channel.allocator.buffer(capacity: 64)
        buffer.writeBytes(PeerFrame(.ping).bytes)
        channel.writeAndFlush(buffer, promise: nil)
        try await channel.closeFuture.get()
        try await waitUntil("refused") { one.hasLogged("refused 1 callers") }
        #expect(!one.isConnected(to: two))
        try await group.shutdownGracefully()
        await one.hub.stop()
        await two.hub.stop()
    }
}
