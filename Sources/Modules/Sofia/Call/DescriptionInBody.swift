import Base
import SIP

/// The session description in the body of a request.
enum DescriptionInBody {
    case none
    case sdp([UInt8])
    /// The body is something else that the sender wants understood: 415 with what would be (RFC 3261 §8.2.3).
    case unsupported(OfferResponse)

    init(_ message: SIPMessage) {
        guard message.hasBody else {
            self = .none
            return
        }
        let encodings = message.all(.contentEncoding).filter { !$0.equalsIgnoringASCIICase("identity") }
        if !encodings.isEmpty {
            self = .unsupported(OfferResponse(status: 415, headers: [SIPHeaderLine(.acceptEncoding, "identity")]))
        } else if message.hasContentType("application/sdp") {
            self = .sdp(message.body)
        } else if message.first(.contentDisposition)?.lowercased().contains("handling=optional") == true {
            self = .none
        } else {
            self = .unsupported(OfferResponse(status: 415, headers: [SIPHeaderLine(.accept, "application/sdp")]))
        }
    }
}

/// A final response to a request that may carry an offer.
struct OfferResponse {
    var status: Int
    var headers: [SIPHeaderLine] = []
    var body: SIPBody?
}
