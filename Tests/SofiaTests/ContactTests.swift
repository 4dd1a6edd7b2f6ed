import SIP
import TandemTesting
import Testing

/// The dial string of a registered contact: one destination, whatever the phone wrote.
struct ContactTests {
    @Test(arguments: [
        ("<sip:1000@10.0.0.99:5062>", "sofia/internal/sip:1000@10.0.0.99:5062"),
        (
            "<sip:x,sofia/external/00190055@carrier.example>",
            "sofia/internal/sip:x%2Csofia/external/00190055@carrier.example"
        ),
        ("<sip:a$'b@10.0.0.99>", "sofia/internal/sip:a%24%27b@10.0.0.99"),
        ("<sip:a@10.0.0.99;x=:_:error/busy>", "sofia/internal/sip:a@10.0.0.99;x=:%5F:error/busy"),
        ("<sip:a@10.0.0.99;x=:_:_:_:error/busy>", "sofia/internal/sip:a@10.0.0.99;x=:%5F:%5F:%5F:error/busy"),
        ("<sip:1000@10.0.0.99;fs_path=sip%3Acarrier.example;x=y>", "sofia/internal/sip:1000@10.0.0.99;x=y"),
    ])
    func isOneDestination(contact: String, expected: String) throws {
        let exchange = try SimulatedSwitch(seed: 1, settings: ["accept-blind-reg": "true"])
        exchange.start()
        let peer = WirePeer(exchange)
        let answer = peer.request("REGISTER", uri: "sip:10.0.0.1", ["Contact: \(contact)", "Expires: 60"])
        #expect(answer?.status == 200)
        let found = exchange.command("sofia_contact 1000@10.0.0.1")
        #expect(found.split(separator: ";fs_nat")[0] == expected)
    }
}
