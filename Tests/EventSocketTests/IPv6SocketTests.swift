import EventSocket
import NIOCore
import NIOPosix
import SwitchCore
import Synchronization
import TandemTesting
import Testing

/// The module on real sockets of IPv6; the machine has to have `::1`.
struct IPv6SocketTests {
    private static let refusal = "Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n"

    /// The address that is listened on, the one that a client calls, the list, and whether the client gets in.
    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            ("::1", "::1", nil, true), ("::", "::1", nil, true), ("::", "127.0.0.1", nil, true),
            ("::1", "::1", "loopback.auto", true), ("::1", "::1", "::1/128", true), ("::1", "::1", "::/0", true),
            ("::1", "::1", "any_v6.auto", true), ("::1", "::1", "any_v4.auto", false),
            ("::1", "::1", "2001:db8::/32", false), ("::1", "::1", "fc00::/7", false),
            ("::1", "::1", "127.0.0.0/8", false), ("::1", "::1", "nobody", false),
            // An address of IPv4 is one on a socket of IPv6, too.
            ("::", "127.0.0.1", "127.0.0.0/8", true), ("::", "127.0.0.1", "any_v4.auto", true),
            ("::", "127.0.0.1", "any_v6.auto", false), ("::", "127.0.0.1", "::1/128", false),
            ("::", "::1", "127.0.0.0/8", false), ("::", "::1", "::1/128", true),
        ] as [(String, String, String?, Bool)]
    )
    func letsIn(_ listening: String, _ host: String, _ list: String?, _ isLetIn: Bool) async throws {
        let lists = list.map { "<param name=\"apply-inbound-acl\" value=\"\($0)\"/>" } ?? ""
        let settings = "<param name=\"listen-ip\" value=\"\(listening)\"/>" + lists
        try await LoopbackSocketTests.serve(settings: settings) { _, module in
            try await WireClient.with(host: host, port: module.port) { client in
                guard isLetIn else {
                    #expect(try await client.readToEnd() == Self.refusal)
                    return
                }
                #expect(try await client.read(until: "\n\n") == "Content-Type: auth/request\n\n")
                try await client.write("auth secret\n\n")
                #expect(try await client.read(until: "\n\n").contains("+OK accepted"))
                try await client.write("api echo hello\n\n")
                #expect(try await client.read(until: "hello").hasPrefix("Content-Type: api/response\n"))
            }
        }
    }

    /// A call goes to a program on `::1`, also when it is the second that is tried.
    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            ("[::1]:% async full", "async", "full"), ("[::1]:%/path full", "static", "full"),
            ("[::1]:%", "static", "single-channel"), ("[::1]:!|[::1]:% async full", "async", "full"),
        ]
    )
    func callsGoToPrograms(_ data: String, _ mode: String, _ control: String) async throws {
        let program = Program()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in channel.pipeline.addHandler(program) }
            .bind(host: "::1", port: 0).get()
        let closed = ClosedPort(isIPv6: true)
        let target = data.replacing("%", with: "\(listener.localAddress?.port ?? 0)")
            .replacing("!", with: "\(closed.number)")
        let socket = """
            <extension name="socket"><condition field="destination_number" expression="^socket$">
              <action application="socket" data="\(target)"/></condition></extension>
            """
        try await LoopbackSocketTests.serve(extensions: socket) { exchange, _ in
            let session = try exchange.call("socket")
            try await LoopbackSocketTests.turn(exchange) {
                program.text.contains("Control: \(control)\n")
                    && exchange.run { await session.variable("socket_host") } == "::1"
            }
            #expect(program.text.contains("Socket-Mode: \(mode)\n"))
            #expect(program.text.contains("\nUnique-ID: \(session.id)\n"))
            session.requestHangUp(.normalClearing)
            try await LoopbackSocketTests.turn(exchange) { program.isOver }
        }
        try await listener.close()
        withExtendedLifetime(closed) {}
    }

    /// A program of a channel: asks for the call, and notes what it is told.
    private final class Program: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        private let heard = Mutex("")
        private let end = Atomic(false)

        var text: String { heard.withLock { $0 } }
        /// Whether the connection was closed.
        var isOver: Bool { end.load(ordering: .acquiring) }

        func channelActive(context: ChannelHandlerContext) {
            context.channel.writeAndFlush(ByteBuffer(string: "connect\n\n"), promise: nil)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: unwrapInboundIn(data))
            heard.withLock { $0 += text }
        }

        func channelInactive(context: ChannelHandlerContext) {
            end.store(true, ordering: .releasing)
        }
    }
}
