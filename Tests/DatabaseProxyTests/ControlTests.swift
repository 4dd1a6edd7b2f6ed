import Balancing
import Base
import DatabaseBalancer
import HTTPTransport
import NIOCore
import NIOPosix
import TandemTesting
import Testing

/// What operators ask of `tandem db-balancer` over HTTP, and what comes of it.
struct ControlTests {
    private struct Answer: Equatable {
        var status: Int
        var text: String

        init(_ status: Int, _ text: String) { (self.status, self.text) = (status, text) }
    }

    /// A balancer over two nodes, which are files, and the port where it is asked.
    private struct Rig {
        private let directory = TemporaryDirectory()
        private let client = HTTPClient(group: MultiThreadedEventLoopGroup.singleton, tls: nil)
        private let balancers: Balancers
        private let server: HTTPServer
        let balancer: Balancer

        init(listeningAt places: [String] = ["main: writing at 127.0.0.1 port 6432"]) async throws {
            let path = directory.path
            var settings = BalancerSettings(name: "main")
            settings.isForConnections = true
            settings.nodes = ["a", "b"].map { NodeSettings(name: $0, dataSource: "sqlite://\(path)/\($0).db") }
            // However busy the machine is.
            (settings.checkPatience, settings.checkTimeout) = (.seconds(600), .seconds(600))
            let balancers = Balancers(directory: path, read: { [settings] in [settings] }, report: { _, _ in })
            balancers.reload()
            let service = BalancerService(balancers) { places }
            var limits = HTTPServerLimits()
            limits.requestTime = .seconds(600)
            let server = HTTPServer(
                HTTPService(methods: BalancerService.methods, limits: limits) { await service.answer($0) },
                refusal: HTTPPage(.forbidden, "only this machine may ask")
            ) { $0.isLoopback }
            try await server.start(address: "127.0.0.1", port: 0)
            (self.balancers, self.server) = (balancers, server)
            let balancer = try #require(balancers["main"])
            self.balancer = balancer
            try await waitUntil("both are trusted") { balancer.status.nodes.allSatisfy { $0.trust == "trusted" } }
        }

        var port: Int { server.port ?? 0 }

        var writers: [Bool] { balancer.status.nodes.map(\.isWriter) }

        var orders: [NodeOrder] { balancer.status.nodes.map(\.order) }

        func get(_ path: String) async throws -> Answer {
            try await send(ClientRequest(get: try HTTPURL("http://127.0.0.1:\(port)\(path)")))
        }

        func post(_ path: String) async throws -> Answer {
            try await send(ClientRequest(postTo: try HTTPURL("http://127.0.0.1:\(port)\(path)"), body: []))
        }

        private func send(_ request: ClientRequest) async throws -> Answer {
            let answer = try await client.send(request, timeout: .seconds(600))
            return Answer(answer.status, String(decoding: answer.body, as: UTF8.self))
        }

        func stop() async {
            await server.stop()
            await balancers.close()
            withExtendedLifetime(directory) {}
        }
    }

    /// What is drained is not written to any more, is shown so, and comes back when it is told to.
    @Test func ordersAreFollowed() async throws {
        let rig = try await Rig()
        #expect(rig.writers == [true, false])
        #expect(try await rig.post("/drain/main/a") == Answer(200, "+OK a: drain\n"))
        #expect(rig.orders == [.drain, .ready])
        #expect(rig.writers == [false, true])
        let status = try await rig.get("/status")
        #expect(status.status == 200)
        #expect(status.text.hasPrefix("main: 0 waiting, "))
        let rows = status.text.split(separator: "\n")
        #expect(rows.count { $0.hasPrefix("a ") && $0.contains(" drain ") } == 1)
        #expect(rows.count { $0.hasPrefix("b ") && $0.contains(" ready ") && $0.contains(" writer ") } == 1)
        rig.balancer.note(2, connectionsFor: .overdue(node: 0))
        let metrics = try await rig.get("/metrics")
        #expect(metrics.status == 200)
        for (name, values) in [
            ("trusted", [0, 1]), ("writer", [0, 1]), ("busy", [0, 0]), ("connections_left_total", [0, 0]),
            ("connections_ended_total", [2, 0]),
        ] {
            for (node, value) in zip(["a", "b"], values) {
                let line = "\ntandem_balancer_node_\(name){balancer=\"main\",node=\"\(node)\"} \(value)\n"
                #expect(metrics.text.contains(line), "\(line)")
            }
        }
        #expect(try await rig.post("/writer/main/a") == Answer(400, "-ERR a cannot be written to now\n"))
        #expect(try await rig.post("/ready/main/a") == Answer(200, "+OK a: ready\n"))
        // Nobody changes the writer without need.
        #expect(rig.writers == [false, true])
        #expect(try await rig.post("/writer/main/a") == Answer(200, "+OK a is written to\n"))
        #expect(rig.writers == [true, false])
        await rig.stop()
    }

    /// It is healthy as long as there is a node, and again when one has come back.
    @Test func healthNeedsANode() async throws {
        let place = "main: writing at 127.0.0.1 port 6432"
        let rig = try await Rig(listeningAt: [place, "main: reading"])
        let healthy = Answer(200, "ok\n\(place)\nmain: reading\n")
        #expect(try await rig.get("/healthz") == healthy)
        #expect(try await rig.post("/maintenance/main/a") == Answer(200, "+OK a: maintenance\n"))
        #expect(rig.balancer.status.nodes.map(\.trust) == ["down", "trusted"])
        #expect(try await rig.get("/healthz") == healthy)
        #expect(try await rig.post("/maintenance/main/b").status == 200)
        let lost = Answer(503, "a balancer has no node\n\(place)\nmain: reading\n")
        #expect(try await rig.get("/healthz") == lost)
        #expect(try await rig.post("/ready/main/b").status == 200)
        try await waitUntil("it is healthy again") { try await rig.get("/healthz") == healthy }
        #expect(rig.balancer.status.nodes.map(\.trust) == ["down", "trusted"])
        await rig.stop()
        let mute = try await Rig(listeningAt: [])
        #expect(try await mute.get("/healthz") == Answer(503, "nothing listens\n"))
        await mute.stop()
    }

    /// What is no order changes nothing, and its sender is told so.
    @Test func whatIsWrongChangesNothing() async throws {
        let rig = try await Rig()
        for path in ["/", "/statu", "/drain", "/drain/main/a", "/writer/main/b", "/healthz2"] {
            #expect(try await rig.get(path).status == 404, "GET \(path)")
        }
        for path in [
            "/", "/status", "/drain", "/drain/main", "/drain/main/a/b", "/drain/other/a", "/drain/main/c",
            "/drain//a", "/stop/main/a", "/status/main/a", "/writer/main/c", "/drain/main/A",
        ] {
            #expect(try await rig.post(path).status == 400, "POST \(path)")
        }
        #expect(try await rig.post("/drain/other/a").text == "-ERR no balancer other\n")
        #expect(try await rig.post("/drain/main/c").text == "-ERR no node c\n")
        for method in ["DELETE", "PUT"] {
            #expect(RawRequest.statusLine(of: "\(method) /drain/main/a", port: rig.port).hasPrefix("HTTP/1.1 405 "))
        }
        #expect(rig.orders == [.ready, .ready])
        #expect(rig.writers == [true, false])
        await rig.stop()
    }
}
