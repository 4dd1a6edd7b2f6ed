import Base
import FileReplication

@testable import PeerProtocol

/// Feeds bytes to a connection of a node, in pieces and with the time passing.
public enum PeerSessionFuzz {
    /// Runs one input; a disagreement traps.
    ///
    /// The first byte says how long the pieces are; one with its highest bit has a hello before it, so that what follows is
    /// looked at.
    public static func run(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        var input = Array(bytes.dropFirst())
        let hello = PeerHello(name: "peer", instance: 1, folders: ["a", "b", "c"])
        if first & 0x80 != 0 { input = PeerFrame(.hello, hello.encoded[...]).head + hello.encoded + input }
        var now = MonotonicInstant.zero
        let own = PeerHello(name: "own", instance: 2, folders: ["b", "c", "d"])
        var session = PeerSession(own: own, expected: "peer", now: now)
        let size = max(1, Int(first & 0x7F) * 16)
        for start in stride(from: 0, to: input.count, by: size) {
            do {
                try session.received(input[start..<min(start + size, input.count)], now: now)
                for event in session.popEvents() { act(on: event, &session) }
                drain(&session, now: now)
                now = now + .milliseconds(700)
                try session.tick(now: now)
            } catch {
                precondition("\(error)".utf8.allSatisfy { (0x20...0x7E).contains($0) }, "a fault fits into a log")
                return
            }
        }
    }

    private static func act(on event: PeerSession.Event, _ session: inout PeerSession) {
        switch event {
        case .opened(let hello, let folders):
            precondition((try? PeerHello(decoding: hello.encoded)) == hello, "a hello that is printed can be read")
            for folder in folders.keys {
                session.send(OutgoingMessage(lane: .large, isPacked: false, bytes: [1, 2, 3]), folder: folder)
            }
        case .message(let folder, let message):
            precondition(message.bytes.count <= ReplicaMessage.maximumLength, "no message is too long")
            read(message)
            session.consumed(message.cost, folder: folder)
        }
    }

    /// What a message says, packed or not.
    private static func read(_ message: IncomingMessage) {
        guard let said = try? message.message() else { return }
        var packing = MessagePacking()
        let again = packing.pack(said, isPossible: true)
        let come = IncomingMessage(isPacked: again.isPacked, bytes: again.bytes)
        precondition((try? come.message()) == said, "a message that is packed can be read")
    }

    private static func drain(_ session: inout PeerSession, now: MonotonicInstant) {
        for _ in 0..<64 {
            guard case .frame(let frame) = session.next(now: now) else { return }
            var reader = FrameReader()
            reader.append(frame.head)
            reader.append(frame.payload)
            precondition((try? reader.next())?.head == frame.head, "a frame that is printed can be read")
        }
    }
}
