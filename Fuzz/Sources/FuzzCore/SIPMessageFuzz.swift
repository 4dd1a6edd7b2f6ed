import Base
import SIP

/// Feeds bytes to the SIP parsers: whatever is accepted must read the same after it was printed.
public enum SIPMessageFuzz {
    /// Runs one input; a disagreement traps.
    public static func run(_ bytes: [UInt8]) {
        runFramer(bytes)
        do {
            let message = try SIPMessage(parsing: bytes)
            check(message)
        } catch {
            _ = error.description
            guard let response = SIPMessage.rejection(of: bytes, because: error) else { return }
            precondition(error.status != nil)
            var index = SIPMessageIndex()
            precondition((try? index.index(response.span)) != nil, "a rejection is framed")
        }
    }

    private static func check(_ message: SIPMessage) {
        let printed = SIPMessageBuilder(copying: message).build()
        guard let copy = try? SIPMessage(parsing: printed.serialized()) else {
            // A copy is longer where compact names become long; only the limits may then refuse it.
            precondition(printed.count > SIPLimits.headBytes || message.count > SIPLimits.headBytes / 4)
            return
        }
        for other in [printed, copy] { compare(message, other) }
        for via in message.vias { precondition(Via("\(via)") == via) }
        for address in message.contacts + message.routes + message.recordRoutes + [message.from, message.to] {
            check(address)
        }
        if let uri = message.requestURI { check(uri) }
        checkBody(message)
        let response = SIPMessageBuilder(response: 200, to: message, toTag: "tag").build()
        precondition(response.toTag == message.toTag ?? "tag")
        precondition(
            (try? SIPMessage(parsing: response.serialized())) != nil || response.count > SIPLimits.headBytes / 4
        )
    }

    private static func compare(_ left: SIPMessage, _ right: SIPMessage) {
        precondition(left.isRequest == right.isRequest && left.method == right.method && left.status == right.status)
        precondition(left.cseq == right.cseq && left.callID == right.callID && left.body == right.body)
        precondition(left.requestURI == right.requestURI && left.reasonPhrase == right.reasonPhrase)
        precondition(left.from == right.from && left.to == right.to && left.vias == right.vias)
        precondition(left.fromTag == right.fromTag && left.toTag == right.toTag && left.topBranch == right.topBranch)
        precondition(left.contacts == right.contacts && left.isContactStar == right.isContactStar)
        precondition(left.routes == right.routes && left.recordRoutes == right.recordRoutes)
        precondition(left.maxForwards == right.maxForwards && left.expires == right.expires)
        precondition(
            left.contentType.map { left.hasContentType($0) } == right.contentType.map { right.hasContentType($0) }
        )
        for (name, _) in left.headers where SIPHeaderName(name) != .contentLength {
            precondition(left.all(named: name).count == right.all(named: name).count)
        }
    }

    /// The parts of a body are within it and within their limit.
    private static func checkBody(_ message: SIPMessage) {
        let parts = message.bodyParts
        precondition(parts.count <= SIPLimits.bodyParts)
        precondition(parts.map(\.bytes.count).reduce(0, +) <= message.body.count)
    }

    private static func check(_ address: NameAddress) {
        precondition(NameAddress("\(address)") == address)
        check(address.uri)
    }

    private static func check(_ uri: SIPURI) {
        guard let again = SIPURI("\(uri)") else {
            // Addresses may be printed longer than they were written; only the limit may then refuse them.
            precondition("\(uri)".utf8.count > SIPLimits.uriBytes)
            return
        }
        precondition(again == uri && again.isEquivalent(to: uri))
        _ = uri.telephoneNumber
    }

    /// A stream cut in two gives what it gives in one piece.
    private static func runFramer(_ bytes: [UInt8]) {
        let whole = frames([bytes[...]])
        let middle = bytes.count / 2
        let halves = frames([bytes[..<middle], bytes[middle...]])
        precondition(whole.frames == halves.frames && whole.error == halves.error)
    }

    private static func frames(_ parts: [ArraySlice<UInt8>]) -> (frames: [SIPStreamFramer.Frame], error: SIPParseError?)
    {
        var framer = SIPStreamFramer()
        var frames: [SIPStreamFramer.Frame] = []
        do throws(SIPParseError) {
            for part in parts {
                framer.append(Array(part))
                while let frame = try framer.next() { frames.append(frame) }
            }
        } catch {
            return (frames, error)
        }
        return (frames, nil)
    }
}
