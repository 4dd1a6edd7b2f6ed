import Base
import Foundation
import Glibc
import STUN
import Testing
import XMLConfig

/// A STUN server on the loopback that answers one request.
private final class Responder: Sendable {
    let port: UInt16
    private let descriptor: Int32

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        // Nobody waits for ever for a request that is not sent.
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(descriptor, name, length) == 0 && getsockname(descriptor, name, &length) == 0
            }
        }
        self.descriptor = descriptor
        port = UInt16(bigEndian: address.sin_port)
        try #require(isBound && port != 0)
    }

    deinit { close(descriptor) }

    /// Waits for a request and sends what `answers` makes of it.
    ///
    /// On a thread of its own: the question waits on one of those that tasks share.
    func serve(_ answers: @escaping @Sendable (STUNMessage) -> [[UInt8]]) {
        Thread.detachNewThread { [self] in
            var buffer = [UInt8](repeating: 0, count: 2048)
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                    let count = recvfrom(descriptor, &buffer, buffer.count, 0, name, &length)
                    guard let request = try? STUNMessage(parsing: Array(buffer.prefix(max(count, 0)))) else { return }
                    for answer in answers(request) { sendto(descriptor, answer, answer.count, 0, name, length) }
                }
            }
        }
    }
}

@Suite struct PublicAddressTests {
    @Test func aServerTellsTheAddress() throws {
        let responder = try Responder()
        responder.serve { request in
            let address = STUNMessage.xorMappedAddress(
                IPEndpoint(IPAddress(v4: 0xC633_6407), port: 1),
                in: request.transaction
            )
            let stranger = STUNMessage(.error, transaction: STUNTransactionID(high: 0, low: 0))
            let answer = STUNMessage(.success, transaction: request.transaction, attributes: [address])
            return [[1, 2, 3], stranger.serialized(), answer.serialized()]
        }
        var options = PreprocessorOptions()
        options.publicAddress = { PublicAddress.ask($0, port: $1).map { "\($0.address)" } }
        let text = "<X-PRE-PROCESS cmd=\"stun-set\" data=\"x=stun:localhost:\(responder.port)\"/>\n$${x}"
        let expanded = try XMLPreprocessor.expand(
            Array(text.utf8),
            named: "f.xml",
            globals: GlobalVariables(),
            options: options
        )
        #expect(expanded.text == "198.51.100.7\n")
    }

    @Test func refusals() throws {
        let responder = try Responder()
        responder.serve { [STUNMessage(.error, transaction: $0.transaction).serialized()] }
        #expect(PublicAddress.ask("127.0.0.1", port: responder.port) == nil)
    }

    @Test func nobodyListens() throws {
        let port = try Responder().port
        #expect(PublicAddress.ask("127.0.0.1", port: port) == nil)
    }
}
