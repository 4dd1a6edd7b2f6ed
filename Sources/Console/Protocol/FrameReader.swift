import Base

/// Cuts what the switch sends on its event socket into messages.
///
/// Bytes go in as they come, messages come out. Both parts of a message are limited, so that a peer that is no event
/// socket cannot make the console hold everything that it sends.
public struct FrameReader {
    /// How long the headers of a message may be, in octets.
    public static let headerLimit = 1 << 20
    /// How long a body may be, in octets: a listing of some ten thousand channels fits.
    public static let bodyLimit = 64 << 20

    /// Why the peer cannot be understood.
    public enum Failure: Error, Equatable {
        case headersTooLong
        case bodyTooLong
        /// `Content-Length` is no number.
        case invalidLength(String)
    }

    private var buffer: [UInt8] = []
    /// How much of the buffer has been handed out already.
    private var start = 0
    /// How far the end of the headers has been searched for.
    private var searched = 0
    private var pending: (frame: EventSocketFrame, length: Int)?

    /// A reader that has seen nothing yet.
    public init() {}

    /// Takes bytes of the peer.
    public mutating func append(_ bytes: some Sequence<UInt8>) {
        if start > 0 {
            buffer.removeFirst(start)
            searched -= start
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole message; `nil` when more bytes are needed.
    public mutating func next() throws(Failure) -> EventSocketFrame? {
        if pending == nil { pending = try takeHeaders() }
        guard let (frame, length) = pending, buffer.count - start >= length else { return nil }
        var whole = frame
        whole.body = String(decoding: buffer[start..<start + length], as: UTF8.self)
        start += length
        searched = start
        pending = nil
        return whole
    }

    private mutating func takeHeaders() throws(Failure) -> (frame: EventSocketFrame, length: Int)? {
        // Blank lines between two messages mean nothing.
        while start < buffer.count, buffer[start] == UInt8(ascii: "\n") { start += 1 }
        searched = max(searched, start)
        guard let end = endOfHeaders() else {
            guard buffer.count - start <= Self.headerLimit else { throw .headersTooLong }
            return nil
        }
        var frame = EventSocketFrame()
        for line in buffer[start..<end].split(separator: UInt8(ascii: "\n")) {
            let text = String(decoding: line, as: UTF8.self)
            guard let colon = text.firstIndex(of: ":") else { continue }
            let value = text[text.index(after: colon)...].drop { $0 == " " }
            frame.headers.append(.init(String(text[..<colon]), String(value)))
        }
        start = end + 2
        searched = start
        guard let text = frame["Content-Length"] else { return (frame, 0) }
        guard let length = Int(text), length >= 0 else { throw .invalidLength(text) }
        guard length <= Self.bodyLimit else { throw .bodyTooLong }
        return (frame, length)
    }

    private mutating func endOfHeaders() -> Int? {
        var position = searched
        while position + 1 < buffer.count {
            if buffer[position] == UInt8(ascii: "\n"), buffer[position + 1] == UInt8(ascii: "\n") { return position }
            position += 1
        }
        searched = max(start, buffer.count - 1)
        return nil
    }
}
