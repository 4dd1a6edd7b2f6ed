import Base
import Glibc
import SwitchCore
import TandemTesting
import Testing

/// A program that has a channel's audio at its socket (`sendmsg` with `unicast`).
@Suite(.timeLimit(.minutes(1))) struct UnicastTests {
    /// A socket of a program; it waits for datagrams, but not for ever.
    private final class Program {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        let endpoint: IPEndpoint

        init() {
            endpoint = IPEndpoint(.loopbackV4, port: bindToLoopback(socket))
            var limit = timeval(tv_sec: 10, tv_usec: 0)
            setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        }

        deinit { close(socket) }

        func receive() -> [UInt8] {
            var buffer = [UInt8](repeating: 0, count: 2048)
            let count = recv(socket, &buffer, buffer.count, 0)
            return Array(buffer.prefix(max(count, 0)))
        }
    }

    /// What the far end says comes as the samples of a packet time; the codes of a loopback channel are samples too.
    @Test(arguments: [false, true])
    func hears(isNative: Bool) throws {
        let exchange = try TestSwitch(Actions.extension("1", [("answer", ""), ("park", "")]))
        let call = try exchange.call("1")
        let program = Program()
        let request = UnicastRequest(
            local: IPEndpoint(.loopbackV4, port: 0),
            remote: program.endpoint,
            isNative: isNative
        )
        _ = exchange.run { await call.post(SessionMessage(.unicast(request))) }
        exchange.loop.advance(by: .milliseconds(100))
        let other = try #require(exchange.variable("other_loopback_leg_uuid", of: call))
        _ = exchange.command("uuid_broadcast \(other) tone_stream://%(10000,0,440)")
        exchange.loop.advance(by: .milliseconds(100))
        let heard = program.receive()
        #expect(heard.count == 320)
        #expect(heard.contains { $0 != heard.first })
    }
}
