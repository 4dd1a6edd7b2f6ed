import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOSSL
import Testing

@testable import HTTPTransport

/// What one exchange makes of the ways in which an answer can end.
struct PostHandlerTests {
    private enum Step {
        case head(Int)
        case body(Int)
        case end
        /// TLS ends without its goodbye.
        case cut
        case closed
    }

    @Test(
        arguments: [
            ([.head(200), .end], 200, nil), ([.head(100), .head(204), .end], 204, nil),
            ([.head(200), .cut, .end, .closed], 200, nil), ([.head(200), .cut, .closed], nil, .closedEarly),
            ([.closed], nil, .closedEarly), ([.head(200), .body(1 << 20), .end], 200, nil),
            ([.head(200), .body(1 << 20), .body(1), .end], nil, .answerTooLong),
        ] as [([Step], Int?, HTTPFault?)]
    )
    private func ends(steps: [Step], status: Int?, fault: HTTPFault?) throws {
        let channel = EmbeddedChannel()
        let promise = channel.eventLoop.makePromise(of: HTTPAnswer.self)
        let post = HTTPPost(to: try HTTPURL("https://a/"), body: [])
        try channel.pipeline.syncOperations.addHandler(PostHandler(post, answer: promise))
        for step in steps {
            switch step {
            case .head(let code):
                let head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: code))
                channel.pipeline.fireChannelRead(HTTPClientResponsePart.head(head))
            case .body(let count):
                channel.pipeline.fireChannelRead(HTTPClientResponsePart.body(ByteBuffer(repeating: 0, count: count)))
            case .end: channel.pipeline.fireChannelRead(HTTPClientResponsePart.end(nil))
            case .cut: channel.pipeline.fireErrorCaught(NIOSSLError.uncleanShutdown)
            case .closed: channel.pipeline.fireChannelInactive()
            }
        }
        let result = Result { try promise.futureResult.wait() }
        #expect((try? result.get())?.status == status)
        if case .failure(let error) = result { #expect(error as? HTTPFault == fault) }
    }
}
