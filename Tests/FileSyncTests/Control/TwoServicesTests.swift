import Base
import FileReplication
import Glibc
import Logging
import Synchronization
import TandemTesting
import Testing
import XMLConfig

@testable import FileSync

/// Two whole services on loopback, with real files.
struct TwoServicesTests {
    /// A node with a folder `f`.
    final class Node {
        let name: String
        let directory = TemporaryDirectory()
        let fingerprint: Fingerprint
        let port: UInt16
        let events = EventList()
        private(set) var service: FileSyncService?

        init(_ name: String) throws {
            self.name = name
            let path = "\(directory.path)/node.pem"
            fingerprint = try NodeIdentity.make(try #require(NodeName(name)), path: path)
            mkdir("\(directory.path)/f", 0o755)
            let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            port = bindToLoopback(probe)
            close(probe)
        }

        func configuration(
            _ peers: [Node],
            limit: String = "",
            folder: String = "",
            root: String = "f",
            port: UInt16? = nil
        ) throws -> FileSyncConfiguration {
            let elements = peers.map {
                "<peer name=\"\($0.name)\" address=\"127.0.0.1:\($0.port)\" fingerprint=\"\($0.fingerprint)\">\(limit)</peer>"
            }
            let text = """
                <configuration name="file_sync.conf"><settings>
                <param name="node-name" value="\(name)"/><param name="listen" value="127.0.0.1:\(port ?? self.port)"/>
                <param name="certificate" value="\(directory.path)/node.pem"/>
                <param name="index-dir" value="\(directory.path)/index"/>
                <param name="control-socket" value="\(directory.path)/s"/></settings>
                <peers>\(elements.joined())</peers>
                <folders><folder name="f" path="\(directory.path)/\(root)">\(folder)</folder></folders></configuration>
                """
            var diagnostics: [Diagnostic] = []
            let node = try XMLDocument.parse(Array(text.utf8), named: "file_sync.conf.xml")
            return try FileSyncConfiguration(xml: node, node: name, diagnostics: &diagnostics)
        }

        func start(_ peers: [Node]) async throws {
            let tell: @Sendable (FileSyncEvent) -> Void = { [events] event in events.take(event) }
            let logger = Logger(label: name) { _ in LogCapture() }
            let service = try FileSyncService(try configuration(peers), logger: logger, tell: tell)
            self.service = service
            try await service.start()
        }

        func command(_ text: String) async -> ControlAnswer { await service?.command(text) ?? .failed("no service") }
        func has(_ name: String, _ text: String?) -> Bool { directory.text("f/\(name)") == text }
    }

    /// What has happened on a node.
    final class EventList: Sendable {
        private let events = Mutex<[FileSyncEvent]>([])

        func take(_ event: FileSyncEvent) { events.withLock { $0.append(event) } }

        func has(_ kind: FileSyncEvent.Kind, _ path: String) -> Bool {
            events.withLock { $0.contains { $0.kind == kind && $0.path.map { "\($0)" } == path } }
        }
    }

    @Test func aFolderIsTheSameOnBothAndStaysSo() async throws {
        let (one, two) = (try Node("a1"), try Node("a2"))
        one.directory.write("before", to: "f/before")
        try await one.start([two])
        try await two.start([one])
        try await waitUntil("what was there") { two.has("before", "before") }
        one.directory.write("of one", to: "f/x")
        two.directory.write("of two", to: "f/y")
        try await waitUntil("both") { one.has("y", "of two") && two.has("x", "of one") }
        unlink("\(two.directory.path)/f/x")
        rename("\(two.directory.path)/f/y", "\(two.directory.path)/f/z")
        try await waitUntil("the deletion and the new name") {
            one.has("x", nil) && one.has("y", nil) && one.has("z", "of two")
        }
        try await waitUntil("events") { two.events.has(.finished, "x") && one.events.has(.removed, "x") }
        try await waitUntil("both know") {
            let text = await one.command("status --json").text
            let folder = JSONValue(parsing: Array(text.utf8))?["folders"]
            guard case .array(let folders) = folder, case .array(let peers) = folders.first?["peers"] else {
                return false
            }
            return peers.first?["in_sync"]?.truth == true && (peers.first?["wire_sent"]?.integer ?? 0) > 100
        }
        await one.service?.stop()
        await two.service?.stop()
    }

    @Test func aPausedFolderGoesOnWhereItWas() async throws {
        let (one, two) = (try Node("a1"), try Node("a2"))
        try await one.start([two])
        try await two.start([one])
        one.directory.write("1", to: "f/x")
        try await waitUntil("the first") { two.has("x", "1") }
        #expect(await two.command("pause f").isDone)
        try await waitUntil("paused") { await two.command("status").text.contains("paused") }
        one.directory.write("2", to: "f/y")
        #expect(await two.command("resume").isDone)
        try await waitUntil("the second") { two.has("y", "2") }
        #expect(await two.command("pause g").text == "there is no folder g; there are: f\n")
        await one.service?.stop()
        await two.service?.stop()
    }

    @Test func aReloadTakesAFolderAwayAndGivesItAgain() async throws {
        let (one, two) = (try Node("a1"), try Node("a2"))
        try await one.start([two])
        try await two.start([one])
        one.directory.write("1", to: "f/x")
        try await waitUntil("the first") { two.has("x", "1") }
        let stranger = try Node("a3")
        let service = try #require(two.service)
        // The folder is given to somebody else only.
        await service.reload(try two.configuration([one, stranger], folder: "<peer name=\"a3\"/>"))
        try await waitUntil("not shared") { await one.command("status").text.contains("f is not shared") }
        one.directory.write("2", to: "f/y")
        await service.reload(try two.configuration([one], limit: "<limit send=\"1MB/s\"/>"))
        try await waitUntil("the second") { two.has("y", "2") }
        await one.service?.stop()
        await two.service?.stop()
    }

    @Test func aFolderThatIsSomewhereElseIsLinkedAnew() async throws {
        let (one, two) = (try Node("a1"), try Node("a2"))
        try await one.start([two])
        try await two.start([one])
        one.directory.write("1", to: "f/x")
        try await waitUntil("the first") { two.has("x", "1") }
        rename("\(two.directory.path)/f", "\(two.directory.path)/g")
        await two.service?.reload(try two.configuration([one], root: "g"))
        one.directory.write("2", to: "f/y")
        try await waitUntil("the second") { two.directory.text("g/y") == "2" }
        #expect(two.directory.text("g/x") == "1")
        await one.service?.stop()
        await two.service?.stop()
    }

    @Test func anAddressThatWasTakenIsTriedAgain() async throws {
        let (one, two) = (try Node("a1"), try Node("a2"))
        let taken = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let port = bindToLoopback(taken)
        #expect(listen(taken, 1) == 0)
        try await one.start([two])
        let moved = try one.configuration([two], port: port)
        let service = try #require(one.service)
        await service.reload(moved)
        #expect(service.state.withLock { $0.listening } == nil)
        close(taken)
        await service.reload(moved)
        #expect(service.state.withLock { $0.listening } == PeerAddress(host: "127.0.0.1", port: Int(port)))
        await one.service?.stop()
    }

    @Test func nothingBeginsAgainAfterTheEnd() async throws {
        let one = try Node("a1")
        try await one.start([])
        let configuration = try one.configuration([])
        await one.service?.stop()
        await one.service?.reload(configuration)
        #expect(one.service?.allFolders.isEmpty == true)
        // Nobody has the index any more.
        try await one.start([])
        #expect(await one.command("status").text.contains("folder f"))
        await one.service?.stop()
    }

    @Test func commandsComeOverTheSocket() async throws {
        let one = try Node("a1")
        try await one.start([])
        let socket = try #require(LocalSocket.connect("\(one.directory.path)/s"))
        #expect(DescriptorOutput.write(Array("explode\nstatus\n".utf8), to: socket))
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while text.count(where: { $0 == UInt8(ascii: "\n") }) < 2 {
            let count = read(socket, &buffer, buffer.count)
            guard count > 0 else { break }
            text += buffer[..<count]
        }
        close(socket)
        let lines = text.split(separator: UInt8(ascii: "\n")).map { JSONValue(parsing: $0) }
        #expect(lines.map { $0?["ok"]?.truth } == [false, true])
        #expect(lines.first??["text"]?.text?.hasPrefix("usage: status") == true)
        #expect(lines.last??["text"]?.text?.contains("folder f (\(one.directory.path)/f)") == true)
        await one.service?.stop()
    }
}
