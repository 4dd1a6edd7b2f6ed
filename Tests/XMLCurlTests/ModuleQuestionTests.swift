import HTTPTransport
import TandemTesting
import Testing

@testable import EventSocket

/// What web servers are told of the questions that modules ask on their own behalf.
struct ModuleQuestionTests {
    /// When a question is asked, what is looked for, who asks and its own fields, with a question of FreeSWITCH's like it.
    private struct Question {
        let isAtStart: Bool
        /// `section tag key value`, without those that are empty.
        let lookedFor: String
        let function: String
        let own: String
        let golden: String
    }

    private static let profiles = [
        Question(
            isAtStart: true,
            lookedFor: "configuration configuration name sofia.conf",
            function: "config_sofia",
            own: "",
            golden: "00-startup.2-configuration-sofia.conf"
        ),
        Question(
            isAtStart: true,
            lookedFor: "directory",
            function: "launch_sofia_worker_thread",
            own: "purpose=gateways profile=internal",
            golden: "00-startup.7-directory-gateways"
        ),
        Question(
            isAtStart: true,
            lookedFor: "directory domain name tenant1.example",
            function: "launch_sofia_worker_thread",
            own: "purpose=gateways profile=internal",
            golden: "00-startup.6-directory-gateways"
        ),
        Question(
            isAtStart: false,
            lookedFor: "configuration configuration name sofia.conf",
            function: "config_sofia",
            own: "profile=internal reconfig=true",
            golden: "02-configuration-sofia-rescan-external.1-configuration-sofia.conf"
        ),
        Question(
            isAtStart: false,
            lookedFor: "directory",
            function: "config_sofia",
            own: "purpose=gateways profile=internal",
            golden: "02-configuration-sofia-rescan-external.8-directory-gateways"
        ),
    ]

    private static func lookedFor(_ form: String) -> String {
        FormFields(form).all.prefix(5).dropFirst().map(\.value).filter { !$0.isEmpty }.joined(separator: " ")
    }

    private static func own(_ form: String) -> String {
        let count = QuestionTests.lookedFor.count + QuestionTests.event.count
        return FormFields(form).all.dropFirst(count).map { "\($0.name)=\($0.value)" }.joined(separator: " ")
    }

    /// A form is the question, and that of FreeSWITCH has the same names, from the same function.
    private static func compare(_ form: String, _ question: Question) {
        let names = QuestionTests.names(form)
        #expect(names.starts(with: QuestionTests.lookedFor + QuestionTests.event), "\(question.golden)")
        #expect(own(form) == question.own, "\(question.golden)")
        #expect(FormFields(form)["Event-Name"] == "REQUEST_PARAMS")
        #expect(FormFields(form)["Event-Calling-Function"] == question.function)
        guard let golden = GoldenPosts.form(question.golden) else { return }
        #expect(names == QuestionTests.names(golden), "\(question.golden)")
        for name in ["Event-Name", "Event-Calling-File", "Event-Calling-Function", "purpose", "reconfig", "action"] {
            #expect(FormFields(form)[name] == FormFields(golden)[name], "\(name) of \(question.golden)")
        }
    }

    /// Profiles, when they start and when their gateways are read anew.
    @Test func profilesAskAsFreeSWITCHDoes() throws {
        let exchange = try QuestionSwitch()
        #expect(exchange.command("sofia profile internal rescan").contains("+OK scan complete"))
        let forms = [true: exchange.formsAtStart, false: exchange.questions()]
        for question in Self.profiles {
            let form = forms[question.isAtStart]?.first { form in
                Self.lookedFor(form) == question.lookedFor && FormFields(form)["Event-Calling-File"] == "sofia.c"
            }
            Self.compare(try #require(form, "\(question.golden)"), question)
        }
        // Profiles are made of the first answer: none asks for its own again, as FreeSWITCH's do.
        #expect(exchange.formsAtStart.count { Self.lookedFor($0).hasSuffix("sofia.conf") } == 1)
    }

    /// A program shows the password of a user of the directory (`userauth`).
    @Test func eventSocketAsksAsFreeSWITCHDoes() async throws {
        let exchange = try QuestionSwitch()
        let server = EventServer(
            EventSocketConfiguration(),
            softswitch: exchange.softswitch,
            patience: StrangerPatience()
        )
        let question = ConnectionMachine.Question.authenticate(
            user: "1000",
            domain: "tenant1.example",
            password: "secret"
        )
        _ = await server.answer(to: question)
        await server.stop()
        let forms = exchange.questions()
        #expect(forms.count == 1)
        let form = try #require(forms.first)
        #expect(Self.lookedFor(form) == "directory domain name tenant1.example")
        Self.compare(
            form,
            Question(
                isAtStart: false,
                lookedFor: "directory domain name tenant1.example",
                function: "parse_command",
                own: "action=event_socket_auth key=id user=1000 domain=tenant1.example",
                golden: "17-directory-event_socket-userauth.1-directory-event_socket_auth"
            )
        )
    }

    /// A phone wants a password from the switch that calls it.
    @Test func challengesAskAsFreeSWITCHDoes() throws {
        let exchange = try QuestionSwitch()
        let phone = exchange.phone("1001")
        phone.manner = .challenges
        phone.register(expires: 3600)
        exchange.loop.advance(by: .seconds(1))
        #expect(phone.heard == ["REGISTER 200"])
        _ = exchange.command("bgapi originate user/1001@tenant1.example &park()")
        exchange.loop.advance(by: .seconds(1))
        let forms = exchange.questions().filter { FormFields($0)["action"] == "reverse-auth-lookup" }
        #expect(forms.count == 1)
        let form = try #require(forms.first)
        let callID = try #require(FormFields(form)["sip_call_id"])
        #expect(!callID.isEmpty)
        #expect(Self.lookedFor(form) == "directory domain name tenant1.example")
        Self.compare(
            form,
            Question(
                isAtStart: false,
                lookedFor: "directory domain name tenant1.example",
                function: "sofia_reg_handle_sip_r_challenge",
                own: "action=reverse-auth-lookup sip_call_id=\(callID) key=id user=1001 domain=tenant1.example",
                golden: "15-directory-reverse-auth-lookup.1-directory-reverse-auth-lookup"
            )
        )
    }
}
