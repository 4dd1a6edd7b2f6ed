import Base
import SIP
import SIPTransport
import TandemTesting
import Testing

/// Connections with TLS, on real sockets.
@Suite(.timeLimit(.minutes(1))) struct SecuredTests {
    private let directory = TemporaryDirectory()

    private static func message(_ body: String) -> String {
        "MESSAGE sip:h SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=\(Inbox.branch)\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// A station that shows a certificate of the tests' authority, and wants to see such.
    private func station(
        _ certificate: TestCertificate = .here,
        _ change: (inout StreamSecurity.Settings) -> Void = { _ in }
    ) async throws -> Station {
        let file = directory.write(
            "\(certificate.certificate)\n\(certificate.key)\n",
            to: "\(UInt64.random(in: 0 ... .max)).pem"
        )
        var settings = StreamSecurity.Settings(identity: file)
        settings.authorities = directory.write("\(TestCertificate.authority)\n", to: "authorities.pem")
        change(&settings)
        return try await Station(
            .loopbackV4,
            kinds: [.udp, .tcp, .tls],
            secured: SecuredEndpoint(port: 0, security: try StreamSecurity(settings))
        )
    }

    private func flow(from left: Station, to right: Station, host: String?) async throws -> SIPFlow? {
        let port = try #require(right.listener.securedPort)
        let target = IPEndpoint(right.endpoint.address, port: port)
        return try await left.perform { $0.flow(to: target, over: .tls, host: host) }
    }

    @Test func messagesGoThereAndBack() async throws {
        let (left, right) = (try await station(.client), try await station { $0.wantsClientCertificates = true })
        #expect(left.listener.securedPort != left.endpoint.port)
        let flow = try #require(try await flow(from: left, to: right, host: "localhost"))
        #expect(flow.transport == .tls && flow.local.port == left.listener.securedPort)
        for body in ["one", "two"] {
            try await left.send(Self.message(body), over: flow)
            let heard = try #require(await right.inbox.message())
            #expect(heard.text == Self.message(body) && heard.flow.transport == .tls)
            try await right.send(Self.message("re: \(body)"), over: heard.flow)
            #expect(await left.inbox.message()?.text == Self.message("re: \(body)"))
            // Nobody has looked who that is: what is to go to a certain host does not go there.
            let back = heard.flow.remote
            #expect(try await right.perform { $0.flow(to: back, over: .tls, host: nil) } != heard.flow)
            #expect(try await right.perform { $0.flow(heardFrom: back, over: .tls) } == heard.flow)
        }
        // The same for who means the same, and for a dialog that knows the address alone; another name wants another one.
        #expect(try await self.flow(from: left, to: right, host: "localhost") == flow)
        #expect(try await self.flow(from: left, to: right, host: nil) == flow)
        #expect(try await self.flow(from: left, to: right, host: "other.example") != flow)
        await left.listener.close()
        await right.listener.close()
    }

    enum Fault: CaseIterable {
        case anotherHost, noAuthority, clientWithoutAuthority
    }

    /// Nothing is sent to somebody whose certificate is not good enough, and it is said why.
    @Test(arguments: Fault.allCases)
    func refusesWhoIsNotMeant(fault: Fault) async throws {
        let left = try await station { settings in
            if fault == .noAuthority { settings.authorities = nil }
        }
        let right = try await station(fault == .anotherHost ? .elsewhere : .here) { settings in
            guard fault == .clientWithoutAuthority else { return }
            (settings.wantsClientCertificates, settings.authorities) = (true, nil)
        }
        let flow = try #require(try await flow(from: left, to: right, host: "localhost"))
        try await left.send(Self.message("secret"), over: flow)
        let reason = await (fault == .clientWithoutAuthority ? right : left).inbox.reason()
        #expect(reason?.isEmpty == false)
        #expect(await left.inbox.closedFlow(flow) == flow)
        await left.listener.close()
        await right.listener.close()
        right.inbox.end()
        #expect(await right.inbox.message() == nil)
    }

    /// Where nobody is looked at, everybody is taken; and a name that the certificate has not, where only its authority is.
    @Test(arguments: [StreamSecurity.Settings.Verification.none, .authority])
    func takesWhomItIsToldTo(verification: StreamSecurity.Settings.Verification) async throws {
        let left = try await station { settings in
            settings.servers = verification
            if verification == .none { settings.authorities = nil }
        }
        let right = try await station(.elsewhere)
        let flow = try #require(try await flow(from: left, to: right, host: "localhost"))
        try await left.send(Self.message("one"), over: flow)
        #expect(await right.inbox.message()?.text == Self.message("one"))
        await left.listener.close()
        await right.listener.close()
    }

    /// New certificates are for new connections: those that there are go on.
    @Test func showsNewCertificates() async throws {
        let (left, right) = (try await station(), try await station())
        let flow = try #require(try await flow(from: left, to: right, host: "localhost"))
        try await left.send(Self.message("one"), over: flow)
        #expect(await right.inbox.message()?.text == Self.message("one"))
        let other = TestCertificate.elsewhere
        let security = try StreamSecurity(
            StreamSecurity.Settings(identity: directory.write("\(other.certificate)\n\(other.key)\n", to: "new.pem"))
        )
        try await right.perform { $0.secure(security) }
        try await left.send(Self.message("two"), over: flow)
        #expect(await right.inbox.message()?.text == Self.message("two"))
        // Only who means its new name takes it now.
        let third = try await station()
        for (host, text) in [("localhost", "three"), ("elsewhere.example", "four")] {
            let next = try #require(try await self.flow(from: third, to: right, host: host))
            try await third.send(Self.message(text), over: next)
            if host == "localhost" { #expect(await third.inbox.closedFlow(next) == next) }
        }
        #expect(await right.inbox.message()?.text == Self.message("four"))
        for station in [left, right, third] { await station.listener.close() }
    }

    @Test func saysWhichFileIsWrong() throws {
        let missing = StreamSecurity.Settings(identity: "\(directory.path)/none.pem")
        let fault = #expect(throws: StreamSecurity.Fault.self) { try StreamSecurity(missing) }
        #expect(fault?.description.hasPrefix("\(directory.path)/none.pem: ") == true)
        var other = StreamSecurity.Settings(
            identity: directory.write(
                "\(TestCertificate.here.certificate)\n\(TestCertificate.elsewhere.key)\n",
                to: "mixed.pem"
            )
        )
        other.authorities = directory.write(TestCertificate.authority + "\n", to: "authorities.pem")
        #expect(throws: StreamSecurity.Fault.self) { try StreamSecurity(other) }
    }

    @Test func hasNoneWithoutCertificates() async throws {
        let (plain, right) = (try await Station(.loopbackV4), try await station())
        #expect(plain.listener.securedPort == nil)
        #expect(try await flow(from: plain, to: right, host: "localhost") == nil)
        await plain.listener.close()
        await right.listener.close()
    }
}
