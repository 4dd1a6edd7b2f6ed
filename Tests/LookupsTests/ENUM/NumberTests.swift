import DNSMessage
import Testing

@testable import Lookups

/// Numbers and the names that they have.
struct NumberTests {
    @Test(
        arguments: [
            ("+4930123", nil, "3.2.1.0.3.9.4.e164.arpa.", "+4930123"),
            ("4930123", nil, "3.2.1.0.3.9.4.e164.arpa.", "+4930123"),
            ("+49 (30) 12-3", nil, "3.2.1.0.3.9.4.e164.arpa.", "+4930123"),
            ("1", "e164.example", "1.e164.example.", "+1"), ("12", "e164.example.", "2.1.e164.example.", "+12"),
            ("12", "", "2.1.e164.arpa.", "+12"),
            // The digits behind the asterisk are a name as they are.
            ("1234*256", nil, "4.3.2.1.256.freenum.org.", "+1234"),
            ("+1234*256", "isn.example", "4.3.2.1.256.isn.example.", "+1234"),
            (
                "12345678901234567890123456789012", "x",
                "2.1.0.9.8.7.6.5.4.3.2.1.0.9.8.7.6.5.4.3.2.1.0.9.8.7.6.5.4.3.2.1.x.",
                "+12345678901234567890123456789012"
            ),
        ] as [(String, String?, String, String)]
    )
    func areNames(_ text: String, _ root: String?, _ name: String, _ uniqueString: String) throws {
        let number = try ENUMNumber(text, root: root, ENUMConfiguration())
        #expect(number.name.description == name)
        #expect(number.uniqueString == uniqueString)
    }

    @Test(
        arguments: [
            ("", nil, .notNumber), ("+", nil, .notNumber), ("alice", nil, .notNumber), ("12a", nil, .notNumber),
            ("1+2", nil, .notNumber), ("1;2", nil, .notNumber), ("١٢", nil, .notNumber),
            ("*256", nil, .notNumber), ("1*", nil, .notNumber), ("1*2*3", nil, .notNumber), ("1*a", nil, .notNumber),
            (String(repeating: "1", count: 33), nil, .notNumber),
            ("1*" + String(repeating: "2", count: 33), nil, .notNumber),
            ("1", "a..b", .wrongRoot), ("1", ".", .wrongRoot),
            ("1", String(repeating: "label.", count: 43), .wrongRoot),
        ] as [(String, String?, ENUMFault)]
    )
    func areNone(_ text: String, _ root: String?, _ fault: ENUMFault) {
        #expect(throws: fault) { try ENUMNumber(text, root: root, ENUMConfiguration()) }
    }
}
