import Base
import EventSocket
import Logging
import NIOCore
import NIOPosix
import SwitchCore
import Synchronization
import TandemTesting
import Testing

/// The module on a real port of this machine.
struct LoopbackSocketTests {
    /// Starts the module, runs the test against its port, and stops it.
    static func serve(
        settings: String = "",
        extensions: String = "",
        courtesy: Duration = .zero,
        _ body: (TestSwitch, EventSocketModule) async throws -> Void
    ) async throws {
        let exchange = try TestSwitch(extensions, settings: settings)
        var patience = StrangerPatience()
        // However long others keep the machine busy before a client's first word.
        patience.authentication = .seconds(3600)
        patience.courtesy = courtesy
        let module = EventSocketModule(exchange.softswitch, patience: patience)
        try await module.start()
        do {
            try await body(exchange, module)
        } catch {
            await module.stop()
            throw error
        }
        await module.stop()
    }

    @Test func talksOverTCP() async throws {
        try await Self.serve { exchange, module in
            try await WireClient.with(port: module.port) { client in
                #expect(try await client.read(until: "\n\n") == "Content-Type: auth/request\n\n")
                try await client.write("auth secret\n\n")
                #expect(try await client.read(until: "\n\n").contains("+OK accepted"))
                try await client.write("api echo hello\n\n")
                let answer = try await client.read(until: "hello")
                #expect(answer == "Content-Type: api/response\nContent-Length: 5\n\nhello")
                try await client.write("event plain CUSTOM a::b\n\n")
                #expect(try await client.read(until: "\n\n").contains("+OK event listener enabled plain"))
                let softswitch = exchange.softswitch
                softswitch.events.publish(.custom) { softswitch.makeEvent(.custom, subclass: "a::c") }
                softswitch.events.publish(.custom) { softswitch.makeEvent(.custom, subclass: "a::b") }
                let event = try await client.read(until: "Event-Sequence")
                #expect(event.contains("Content-Type: text/event-plain\n\nEvent-Name: CUSTOM\n"))
                #expect(event.contains("Event-Subclass: a%3A%3Ab\n"))
                #expect(!event.contains("a%3A%3Ac"))
                try await client.write("exit\n\n")
                #expect(try await client.readToEnd().contains("Content-Type: text/disconnect-notice"))
            }
        }
    }

    /// Those who say nothing keep nobody out: the one who came first makes room.
    @Test(.timeLimit(.minutes(5))) func strangersMakeRoom() async throws {
        try await Self.serve { _, module in
            try await WireClient.with(port: module.port) { first in
                _ = try await first.read(until: "auth/request\n\n")
                try await WireClient.with(port: module.port) { known in
                    try await known.write("auth secret\n\n")
                    _ = try await known.read(until: "accepted\n\n")
                    try await Self.withStrangers(64, port: module.port) {
                        _ = try await first.readToEnd()
                        try await known.write("api echo hello\n\n")
                        _ = try await known.read(until: "hello")
                    }
                }
            }
        }
    }

    /// Who has just come need not go for others: a hundred programs may come at once.
    @Test(.timeLimit(.minutes(5))) func manyMayComeAtOnce() async throws {
        try await Self.serve(courtesy: .seconds(3600)) { _, module in
            try await WireClient.with(port: module.port) { first in
                _ = try await first.read(until: "auth/request\n\n")
                try await Self.withStrangers(100, port: module.port) {
                    try await first.write("auth secret\n\n")
                    _ = try await first.read(until: "accepted\n\n")
                }
            }
        }
    }

    /// Does something while others are connected and say nothing.
    private static func withStrangers(_ count: Int, port: Int?, _ body: () async throws -> Void) async throws {
        guard count > 0 else { return try await body() }
        try await WireClient.with(port: port) { stranger in
            _ = try await stranger.read(until: "auth/request\n\n")
            try await withStrangers(count - 1, port: port, body)
        }
    }

    @Test func jobsAnswerAsEvents() async throws {
        try await Self.serve { _, module in
            try await WireClient.with(port: module.port) { client in
                try await client.write("auth secret\n\nevent json BACKGROUND_JOB\n\nbgapi echo later\nJob-UUID: j\n\n")
                _ = try await client.read(until: "Job-UUID: j\n\n")
                let event = try await client.read(until: "}")
                #expect(event.contains("\"Job-UUID\":\"j\""))
                #expect(event.contains("\"_body\":\"later\"}"))
            }
        }
    }

    /// An event for a channel that is there is not everybody's; one for a channel that is not is fired like any other.
    @Test func eventsForChannelsAreNotFired() async throws {
        let park = """
            <extension name="park"><condition field="destination_number" expression="^park$">
              <action application="park"/></condition></extension>
            """
        try await Self.serve(extensions: park) { exchange, module in
            let id = try exchange.call("park").id
            try await WireClient.with(port: module.port) { client in
                try await client.write("auth secret\n\nevent json GENERAL\n\n")
                try await client.write("sendevent GENERAL\nunique-id: \(id)\nnumber: 1\n\n")
                try await client.write("sendevent GENERAL\nunique-id: nobody\nnumber: 2\n\n")
                let text = try await client.read(until: "\"number\":")
                #expect(!text.contains("\"number\":\"1\""))
                #expect(text.contains("\"unique-id\":\"nobody\""))
            }
        }
    }

    @Test func turnsAwayWhoIsNotInTheList() async throws {
        try await Self.serve(settings: "<param name=\"apply-inbound-acl\" value=\"192.0.2.0/24\"/>") { _, module in
            try await WireClient.with(port: module.port) { client in
                let answer = try await client.readToEnd()
                #expect(
                    answer == "Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n"
                )
            }
        }
    }

    @Test func sendsTheLog() async throws {
        try await Self.serve { exchange, module in
            try await WireClient.with(port: module.port) { client in
                try await client.write("auth secret\n\nlog warning\n\n")
                _ = try await client.read(until: "[4]\n\n")
                let log = exchange.softswitch.log
                for level in [Logger.Level.info, .warning] {
                    log.offer(
                        LogRecord(
                            level: level,
                            text: "it is \(level)",
                            channel: "u",
                            file: "A/B.swift",
                            function: "f()",
                            line: 7,
                            time: 1_000_042
                        ),
                        level: level
                    )
                }
                let text = "1970-01-01 00:00:01.000042 [WARNING] A/B.swift:7 it is warning\n"
                #expect(
                    try await client.read(until: text)
                        == "Content-Type: log/data\nContent-Length: \(text.utf8.count)\nLog-Level: 4\nText-Channel: 0\n"
                        + "Log-File: A/B.swift\nLog-Func: f()\nLog-Line: 7\nUser-Data: u\n\n" + text
                )
            }
        }
    }

    /// A call that ends while its program is being reached leaves no connection behind.
    @Test(.timeLimit(.minutes(1))) func endedCallLeavesNoConnection() async throws {
        let park = """
            <extension name="park"><condition field="destination_number" expression="^park$">
              <action application="park"/></condition></extension>
            """
        try await Self.serve(extensions: park) { exchange, _ in
            let (isClosed, program) = (Flag(), ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton))
            let listener = try await program.childChannelInitializer { channel in
                channel.closeFuture.whenComplete { _ in isClosed.raise() }
                return channel.eventLoop.makeSucceededVoidFuture()
            }.bind(host: "127.0.0.1", port: 0).get()
            let target = "127.0.0.1:\(listener.localAddress?.port ?? 0)"
            let session = try exchange.call("park")
            exchange.run { await session.post(SessionMessage(.execute(application: "socket", data: target))) }
            session.requestHangUp(.normalClearing)
            try await Self.turn(exchange) { isClosed.isRaised }
            try await listener.close()
        }
    }

    /// The connection of a client that follows a call ends with the call.
    @Test(.timeLimit(.minutes(1))) func whoFollowsACallIsToldOfItsEnd() async throws {
        let park = """
            <extension name="park"><condition field="destination_number" expression="^park$">
              <action application="park"/></condition></extension>
            """
        try await Self.serve(extensions: park) { exchange, module in
            let session = try exchange.call("park")
            let id = session.id
            try await WireClient.with(port: module.port) { client in
                try await client.write("auth secret\n\nmyevents \(id)\n\n")
                _ = try await client.read(until: "+OK Events Enabled\n\n")
                session.requestHangUp(.userBusy)
                try await Self.turn(exchange) { exchange.softswitch.sessions[id] == nil }
                let text = try await client.readToEnd()
                #expect(text.contains("Event-Name: CHANNEL_HANGUP_COMPLETE\n"))
                #expect(text.contains("text/disconnect-notice\nControlled-Session-UUID: \(id)\n"))
            }
        }
    }

    /// A call that is sent from program to program, each of which stays, goes on; all of them are told of its end.
    @Test(.timeLimit(.minutes(5))) func programsOfOneCallStay() async throws {
        let open = Tally()
        let program = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        let listener = try await program.childChannelInitializer { channel in
            open.change(by: 1)
            channel.closeFuture.whenComplete { _ in open.change(by: -1) }
            return channel.eventLoop.makeSucceededVoidFuture()
        }.bind(host: "127.0.0.1", port: 0).get()
        let socket = """
            <extension name="socket"><condition field="destination_number" expression="^socket$">
              <action application="set" data="max_session_transfers=1000"/>
              <action application="socket" data="127.0.0.1:\(listener.localAddress?.port ?? 0) async"/></condition></extension>
            """
        try await Self.serve(extensions: socket) { exchange, _ in
            let session = try exchange.call("socket")
            for count in 1...80 {
                // Whoever is called away before the program is reached closes the connection again.
                try await Self.turn(exchange) {
                    open.value == count && session.assumeIsolated { $0.variable("socket_host") != nil }
                }
                exchange.run {
                    await session.setVariable("socket_host", nil)
                    await session.divert(to: "socket")
                }
            }
            session.requestHangUp(.normalClearing)
            try await Self.turn(exchange) { open.value == 0 }
        }
        try await listener.close()
    }

    /// Turns the loop until something of the threads beside it is so.
    static func turn(_ exchange: TestSwitch, until isSo: () -> Bool) async throws {
        while !isSo() {
            exchange.loop.runQueued()
            await Task.yield()
            try Task.checkCancellation()
        }
    }

    private final class Tally: Sendable {
        private let count = Atomic(0)
        var value: Int { count.load(ordering: .acquiring) }

        func change(by difference: Int) { count.add(difference, ordering: .acquiringAndReleasing) }
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isRaised: Bool { value.load(ordering: .acquiring) }

        func raise() { value.store(true, ordering: .releasing) }
    }

    /// Who does not read loses events, and costs no more memory than its limit.
    @Test func slowClientLosesEvents() async throws {
        try await Self.serve { exchange, module in
            try await WireClient.with(port: module.port) { slow in
                try await slow.write("auth secret\n\nevent plain CUSTOM a::b\n\n")
                _ = try await slow.read(until: "enabled plain\n\n")
                try await WireClient.with(port: module.port) { quick in
                    try await quick.write("auth secret\n\nevent plain CUSTOM a::tick\n\n")
                    _ = try await quick.read(until: "enabled plain\n\n")
                    let (softswitch, text) = (exchange.softswitch, String(repeating: "x", count: 100_000))
                    // The sockets' own buffers hold some, the connection 4 MiB; the rest has to go.
                    for number in 0..<300 {
                        softswitch.events.publish(.custom) {
                            var event = softswitch.makeEvent(.custom, subclass: "a::b")
                            event.body = text
                            return event
                        }
                        softswitch.events.publish(.custom) {
                            var event = softswitch.makeEvent(.custom, subclass: "a::tick")
                            event.add("Number", "<\(number)>")
                            return event
                        }
                        // The others get theirs.
                        _ = try await quick.read(until: "%3C\(number)%3E")
                    }
                }
            }
            let dropped = await exchange.softswitch.metrics["events_dropped"]?.total() ?? 0
            #expect(dropped > 0 && dropped < 300)
        }
    }
}
