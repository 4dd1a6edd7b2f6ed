import Base

/// Finds the server transaction that a request belongs to (RFC 3261 §17.2.3).
struct ServerTransactionKey: Hashable, Sendable {
    private var branch: String
    private var host: SIPHost
    private var port: UInt16?
    private var method: SIPMethod

    /// The key of a request with that top Via: branch, sent-by and method, with ACK standing for its INVITE.
    ///
    /// Without the magic cookie (RFC 2543) the transaction is named by what an INVITE, its repetitions and its ACK have
    /// in common: Request-URI, From tag, Call-ID and CSeq number besides the Via.
    init(_ request: SIPMessage, via: Via) {
        (host, port) = (via.host, via.port)
        method = request.method == .ack ? .invite : request.method
        let viaBranch = via.branch ?? ""
        branch =
            via.hasMagicBranch
            ? viaBranch
            : "\(viaBranch)\n\(request.requestURIText)\n\(request.fromTag ?? "")\n\(request.callID)\n\(request.cseq)"
    }

    /// The key of the INVITE that a CANCEL with this key is about (RFC 3261 §9.2).
    var ofCancelledInvite: ServerTransactionKey {
        var key = self
        key.method = .invite
        return key
    }
}

/// Finds a request that came over another way before (RFC 3261 §8.2.2.2).
struct MergedRequestKey: Hashable, Sendable {
    private var callID: String
    private var fromTag: String
    private var cseq: UInt32
    private var method: SIPMethod

    /// The key of a request without To tag.
    init(_ request: SIPMessage) {
        callID = request.callID
        fromTag = request.fromTag ?? ""
        cseq = request.cseq
        method = request.method
    }
}

/// Finds the client transaction that a response belongs to (RFC 3261 §17.1.3): the number in the branch, and whether
/// it is the CANCEL that shares the branch of its INVITE.
struct ClientTransactionKey: Hashable, Sendable {
    /// The number that ``branch`` spells.
    var number: UInt64
    /// Whether this is the transaction of a CANCEL.
    var isCancel: Bool

    /// The key of a new transaction.
    init(number: UInt64, isCancel: Bool = false) {
        (self.number, self.isCancel) = (number, isCancel)
    }

    /// The key of the transaction that a response answers; `nil` when its branch is none of ours.
    init?(_ response: SIPMessage) {
        guard let branch = response.topBranch?.utf8, branch.count == Via.magicCookie.utf8.count + HexToken.length,
            let number = HexToken.number(branch.dropFirst(Via.magicCookie.utf8.count))
        else { return nil }
        self.init(number: number, isCancel: response.method == .cancel)
    }

    /// The branch of the transaction's Via.
    var branch: String { Via.magicCookie + HexToken.text(number) }
}

/// 64 bits as sixteen hexadecimal digits: tags, branches and Call-IDs that lead back to a table without hashing texts.
enum HexToken {
    /// How many digits there are.
    static let length = 16

    /// The digits of a number.
    static func text(_ number: UInt64) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity(length)
        for position in 0..<length {
            let digit = UInt8(truncatingIfNeeded: number >> UInt64(60 - 4 * position)) & 15
            digits.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// The number that sixteen lower-case digits spell.
    static func number(_ digits: some Collection<UInt8>) -> UInt64? {
        guard digits.count == length else { return nil }
        var number: UInt64 = 0
        for byte in digits {
            guard let digit = byte.hexDigit, byte == byte.lowercasedASCII else { return nil }
            number = number << 4 | UInt64(digit)
        }
        return number
    }
}
