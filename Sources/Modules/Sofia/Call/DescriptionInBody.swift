import Base
import SIP

/// The session description in the body of a message, alone or as a part of a multipart body (RFC 5621).
enum DescriptionInBody {
    /// The types of body that are understood, for Accept.
    static let accepted = SIPHeaderLine(.accept, "application/sdp, multipart/mixed")

    case none
    case sdp([UInt8])
    /// The body is something else that the sender wants understood: 415 with what would be (RFC 3261 §8.2.3).
    case unsupported(OfferResponse)

    init(_ message: SIPMessage) {
        let parts = message.bodyParts
        if let description = parts.first(where: { $0.isOfType("application/sdp") && $0.isPlain }) {
            self = .sdp(description.bytes)
        } else if !message.hasBody || !parts.isEmpty && parts.allSatisfy(\.isOptional) {
            self = .none
        } else {
            let isPacked = parts.contains { !$0.isPlain }
            let wanted = isPacked ? SIPHeaderLine(.acceptEncoding, "identity") : Self.accepted
            self = .unsupported(OfferResponse(status: 415, headers: [wanted]))
        }
    }
}

/// A final response to a request that may carry an offer.
struct OfferResponse {
    var status: Int
    var headers: [SIPHeaderLine] = []
    var body: SIPBody?
}
