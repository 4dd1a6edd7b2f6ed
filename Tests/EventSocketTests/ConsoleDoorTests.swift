import EventSocket
import Glibc
import MediaEngine
import Testing

/// The way in of the program's own console.
struct ConsoleDoorTests {
    /// What comes over a stream until a text is there; what does not come within ten seconds never will.
    private static func read(from descriptor: Int32, until end: String) async -> String {
        // On a thread of its own: whoever answers may need all of those that tests share.
        let reader = BlockingPool(threads: 1, queueLimit: 1)
        defer { reader.stop() }
        return await reader.run { readBlocking(from: descriptor, until: end) } ?? ""
    }

    private static func readBlocking(from descriptor: Int32, until end: String) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !String(decoding: bytes, as: UTF8.self).contains(end) {
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&poller, 1, 10_000) > 0 else { break }
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(.timeLimit(.minutes(1))) func whoCameThroughItNeedsNoPassword() async throws {
        let door = ConsoleDoor()
        let module = EventSocketModule(try TestSwitch().softswitch, door: door)
        // Somebody who is early waits for the module.
        async let early = door.enter()
        try await module.start()
        let descriptor = try #require(await early)
        defer { close(descriptor) }
        let request = Array("api echo hello\n\n".utf8)
        #expect(write(descriptor, request, request.count) == request.count)
        let answer = await Self.read(from: descriptor, until: "hello")
        #expect(answer == "Content-Type: api/response\nContent-Length: 5\n\nhello")
        await module.stop()
        let farewell = await Self.read(from: descriptor, until: "goodbye")
        #expect(farewell.hasPrefix("Content-Type: text/disconnect-notice"))
        // Nobody comes any more.
        async let late = door.enter()
        door.shut()
        #expect(await late == nil)
        #expect(await door.enter() == nil)
    }
}
