import Database
import NIOCore
import NIOEmbedded
import Testing
import XMLConfig

import struct DatabaseBalancer.BalancerConfiguration

@testable import DatabaseProxy

/// How a client's connection begins, and where it can.
struct OpeningTests {
    /// Who says nothing, or only a part, is given up when the time is over, and not before.
    @Test(arguments: [[], [0, 0], [0, 0, 0, 8, 4, 210, 22, 47]] as [[UInt8]])
    func whoSaysNothingIsGivenUp(bytes: [UInt8]) throws {
        let channel = EmbeddedChannel()
        let opening = OpeningHandler(channel.allocator)
        try channel.pipeline.syncOperations.addHandler(opening)
        var result: Result<OpeningHandler.Word, any Error>?
        opening.next(channel.embeddedEventLoop, within: .seconds(5)).assumeIsolated().whenComplete { result = $0 }
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(4999))
        #expect(result == nil)
        try channel.writeInbound(channel.allocator.buffer(bytes: bytes))
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        let word = try #require(result)
        // An encrypted connection is asked for: that is a whole word.
        if bytes.count == 8 {
            #expect(try word.get().0 == .encryption)
        } else {
            #expect(throws: OpeningHandler.Gone.self) { try word.get() }
        }
        _ = try? channel.finish()
    }

    /// A file that is not as it should be is not used by halves.
    @Test(
        arguments: [
            (
                "<balancer name='a'><param name='listen-writer' value='127.0.0.1:1'/>\(node)</balancer>",
                "a: writing at 127.0.0.1 port 1"
            ),
            (
                """
                <balancer name='a'><param name='listen-reader' value='[::1]:2'/>\(node)</balancer>\
                <balancer name='b'>\(node)</balancer>
                """, "a: reading at ::1 port 2"
            ),
            ("<balancer name='a'>\(node)</balancer>", nil),
            ("", nil),
            ("<balancer name='a'><param name='listen-writer' value='127.0.0.1:1'/></balancer>", nil),
            (
                "<balancer name='a'><param name='listen-writer' value='127.0.0.1:1'/><nodes>\(node)</nodes></balancer>",
                nil
            ),
            ("<balancer name='a'><param name='listen-writer' value='here'/>\(node)</balancer>", nil),
            (
                """
                <balancer name='a'><param name='listen-writer' value='127.0.0.1:1'/>\(node)</balancer>\
                <balancer name='b'><node name='n'><param name='dsn' value='odbc://x'/></node></balancer>
                """, nil
            ),
        ] as [(String, String?)]
    )
    private func placesOfAFile(text: String, places: String?) throws {
        let document = "<configuration name='balancer.conf'><balancers>\(text)</balancers></configuration>"
        let configuration = BalancerConfiguration(xml: try XMLDocument.parse(Array(document.utf8), named: "test"))
        guard let places else {
            #expect(throws: DatabaseError.self) { try ListeningPlace.all(in: configuration) }
            return
        }
        #expect(try ListeningPlace.all(in: configuration).map(\.description) == [places])
    }

    private static let node = "<node name='n'><param name='dsn' value='pgsql://host=127.0.0.1 dbname=x'/></node>"
}
