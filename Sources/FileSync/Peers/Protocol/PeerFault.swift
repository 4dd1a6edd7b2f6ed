public import FileReplication

/// Why there is no connection to a peer, or no longer.
public enum PeerFault: Error, Hashable, Sendable {
    /// Its certificate is not that of the peer, or of any.
    case unknownCertificate(Fingerprint?)
    /// It has the right certificate, and another name than it is known by.
    case wrongName(said: String, expected: String)
    /// What it says is not this protocol.
    case notThisProtocol
    /// It speaks older or newer versions only.
    case noCommonVersion(oldest: UInt8, newest: UInt8)
    /// A frame that is longer than one may be.
    case frameTooLong(Int)
    /// A kind of frame that there is not, or not now.
    case unexpectedFrame(UInt8)
    /// Bytes that are not what they should be.
    case malformed(WireError)
    /// It spoke of a folder that it was not given, or that it has not.
    case folderNotGranted
    /// A message that is longer than one may be, or that becomes so when it is unpacked.
    case messageTooLong
    /// It sent more than it was allowed to.
    case creditExceeded
    /// It did not introduce itself in time.
    case noHello
    /// Nothing came from it for too long.
    case silent
    /// It takes nothing of what waits for it.
    case takesNothing
    /// There is another connection to it.
    case duplicate
    /// It is this node.
    case isOwn
    /// It ended the connection, and said why.
    case told(String)
    /// The connection ended, or could not be made.
    case closed(String)
    /// What is configured has changed, or this node ends.
    case ended
}

extension PeerFault: CustomStringConvertible {
    /// What an operator reads, here and, where it is told, at the peer.
    public var description: String {
        switch self {
        case .unknownCertificate(let fingerprint):
            "the certificate \(fingerprint.map { "\($0)" } ?? "") is not that of a configured peer"
        case .wrongName(let said, let expected): "it calls itself \(said), and is configured as \(expected)"
        case .notThisProtocol: "it does not speak this protocol"
        case .noCommonVersion(let oldest, let newest):
            "no common version of the protocol: it speaks \(oldest) to \(newest), this node "
                + "\(PeerHello.oldestVersion) to \(PeerHello.newestVersion)"
        case .frameTooLong(let length): "a frame of \(length) bytes; \(PeerFrame.maximumPayload) are allowed"
        case .unexpectedFrame(let kind): "a frame of the kind \(kind) is not expected"
        case .malformed(let error): "malformed: \(error)"
        case .folderNotGranted: "it spoke of a folder that it was not given"
        case .messageTooLong: "a message of more than \(ReplicaMessage.maximumLength) bytes"
        case .creditExceeded: "it sent more than it was allowed to"
        case .noHello: "it did not introduce itself in time"
        case .silent: "nothing came from it for too long"
        case .takesNothing: "it takes nothing of what waits for it"
        case .duplicate: "there is another connection"
        case .isOwn: "it is this node"
        case .told(let text): "the peer says: \(text)"
        case .closed(let text): text
        case .ended: "the configuration has changed, or the node ends"
        }
    }

    /// Whether the peer is told why.
    var isTold: Bool {
        switch self {
        case .told, .closed, .silent: false
        default: true
        }
    }

    /// Whether it belongs to the course of things.
    var isUsual: Bool {
        switch self {
        case .duplicate, .ended: true
        default: false
        }
    }

    /// How long a text from a peer may be, in bytes.
    static let longestText = 200

    /// A text from a peer as it may be in a log: ASCII that can be printed.
    static func plain(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.prefix(longestText).map { (0x20...0x7E).contains($0) ? $0 : 0x3F }, as: UTF8.self)
    }
}
