import Base
import HTTPTransport
import Testing

@testable import SmartDNS

/// What PowerDNS writes over HTTP is the same question as over a socket.
struct BackendRequestTests {
    private func question(
        _ method: String,
        _ target: String,
        headers: [(name: String, value: String)] = [],
        body: String = ""
    ) -> BackendQuestion? {
        BackendRequest.question(HTTPRequest(method, target, headers: headers, body: Array(body.utf8)))
    }

    @Test func lookUp() {
        let found = question(
            "GET",
            "/dns/lookup/sip.example.net./ANY",
            headers: [("x-remotebackend-real-remote", "192.0.2.0/24"), ("X-RemoteBackend-remote", "127.0.0.1")]
        )
        #expect(found?.method == "lookup")
        #expect(found?.text("qname") == "sip.example.net.")
        #expect(found?.text("qtype") == "ANY")
        #expect(found?.text("real-remote") == "192.0.2.0/24")
    }

    @Test(arguments: [
        ("GET", "/dns/getAllDomains?includeDisabled=true", "", "getalldomains", "includeDisabled", "true"),
        ("GET", "/getBeforeAndAfterNamesAbsolute/1/a%2Eb.", "", "getbeforeandafternamesabsolute", "qname", "a.b."),
        ("GET", "/dns/getDomainMetadata/example.net./NSEC3NARROW", "", "getdomainmetadata", "kind", "NSEC3NARROW"),
        ("POST", "/dns/directBackendCmd", "query=status", "directbackendcmd", "query", "status"),
        ("POST", "/dns", #"{"method":"Lookup","parameters":{"qname":"x."}}"#, "lookup", "qname", "x."),
        ("DELETE", "/dns/removeDomainKey/7/example.net.", "", "removedomainkey", "id", "7"),
        ("POST", "/dns/deactivateDomainKey/7/example.net.", "", "deactivatedomainkey", "name", "example.net."),
        ("POST", "/dns/publishDomainKey/example.net./7", "", "publishdomainkey", "id", "7"),
        ("POST", "/dns/lookup", "parameters=%7B%22qname%22%3A%22x.%22%7D", "lookup", "qname", "x."),
    ]) func forms(method: String, target: String, body: String, name: String, parameter: String, value: String) {
        let found = question(method, target, body: body)
        #expect(found?.method == name)
        #expect(found?.text(parameter) == value)
    }

    /// Everybody on the machine may ask what anybody may know; keys, changes and commands are for those with the secret.
    @Test(
        arguments: [
            ("GET", "/dns/lookup/web.example.net./A", nil, true), ("GET", "/dns/getAllDomains", nil, true),
            ("POST", "/dns/startTransaction/1/example.net.", nil, true), ("GET", "/", nil, true),
            ("GET", "/dns/getDomainKeys/example.net.", nil, false),
            ("GET", "/dns/getDomainKeys/example.net.", "s%1", false),
            ("GET", "/s%251/dns/getDomainKeys/example.net.", "s%1", true),
            ("GET", "/s/getDomainKeys/example.net.", "s%1", false),
            ("PUT", "/dns/addDomainKey/example.net.", "s%1", false), ("POST", "/dns/directBackendCmd", "s%1", false),
            ("POST", "/s%251/directBackendCmd", "s%1", true),
            ("PATCH", "/dns/setDomainMetadata/example.net./X", nil, false),
            ("DELETE", "/dns/removeDomainKey/1/example.net.", nil, false),
        ] as [(String, String, String?, Bool)]
    ) func secrets(method: String, target: String, secret: String?, isTaken: Bool)
        async throws
    {
        let desk = BackendDesk(SteeringDesk(try Example.configuration()), keys: nil) { _ in }
        let page = await BackendHTTP(desk, secret: secret).service.answer(HTTPRequest(method, target))
        #expect(page.status == (isTaken ? .ok : .forbidden))
        // PowerDNS reads nothing else.
        if isTaken { #expect(JSONValue(parsing: Array(page.text.utf8))?["result"] != nil) }
    }

    @Test func keys() {
        let body = "flags=257&active=1&published=0&content=a%0Ab"
        let key = question("PUT", "/dns/addDomainKey/example.net.", body: body)?.parameters["key"]
        #expect(key?["flags"]?.integer == 257)
        #expect(key?["active"]?.truth == true)
        #expect(key?["published"]?.truth == false)
        #expect(key?["content"]?.text == "a\nb")
        let metadata = question("PATCH", "/dns/setDomainMetadata/a./K", body: "value[]=1&value[]=2")
        #expect(metadata?.parameters["value"] == .array([.string("1"), .string("2")]))
    }

    @Test(arguments: ["/", "/dns/", "/dns/nothing/x"]) func noQuestions(target: String) {
        #expect(question("GET", target) == nil)
    }
}
