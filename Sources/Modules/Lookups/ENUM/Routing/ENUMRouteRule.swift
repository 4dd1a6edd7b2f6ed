import Base
import Patterns
import SwitchCore

/// What becomes of the URIs of one service: a `<route>` of `enum.conf`.
struct ENUMRouteRule: Sendable {
    /// The service, as records name it: `E2U+sip`.
    var service: String
    /// What the URI has to match.
    var expression: RegularExpression
    /// The dial string, with what was captured as `$1`.
    var replacement: CaptureTemplate

    /// Whether it is for a record with these services.
    ///
    /// A record may have several: `E2U+h323+sip` is what `E2U+sip` is for, too.
    func serves(_ services: String) -> Bool {
        if services.equalsIgnoringASCIICase(service) { return true }
        let words = services.split(separator: "+")
        guard words.count > 2, let first = words.first, "E2U".equalsIgnoringASCIICase(first) else { return false }
        return words.dropFirst().contains { word in
            let name: String = "E2U+\(word)"
            return service.equalsIgnoringASCIICase(name)
        }
    }
}
