import Base
import DNSMessage
import Testing

@testable import Lookups

/// Sets of NAPTR records, and the routes that they give.
struct RuleWalkTests {
    private static let own = "4.3.2.1.e164.arpa"
    private static let routes = """
        <routes>
          <route service="E2U+SIP" regex="sip:(.*)" replace="sofia/out/$1"/>
          <route service="E2U+sip" regex="sip:(.*)@two\\.example" replace="sofia/two/$1"/>
          <route service="E2U+voice:tel" regex="/^TEL:\\+(.*)$/i" replace="sofia/gateway/g/$1"/>
          <route service="E2U+fixed" regex="x" replace="user/1000"/>
        </routes>
        """

    private struct Found {
        var answer: ENUMAnswer
        var remarks: [String]
        var asked: [String]
    }

    private static func walk(_ zone: [(String, [RecordData])], from text: String = "+1234") async throws -> Found {
        let names = Zone(zone.map { (name: $0.0, data: $0.1) })
        let number = try ENUMNumber(text, root: nil, ENUMConfiguration())
        let rules = try ENUMConfiguration.reading(routes).routes
        var walk = RuleWalk(number, routeRules: rules, names: names, plan: NameServerPlan()) { $0 }
        try await walk.run()
        return Found(answer: walk.answer, remarks: walk.remarks, asked: names.asked)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let what: String
        let records: [RecordData]
        let expected: String
        var testDescription: String { what }

        init(_ what: String, _ records: [RecordData], _ expected: String) {
            (self.what, self.records, self.expected) = (what, records, expected)
        }
    }

    @Test(
        arguments: [
            Row("one", [Zone.sip("sip:a@x.example")], "sofia/out/a@x.example"),
            Row("nothing", [], ""), Row("other records", [.address(.loopbackV4)], ""),
            Row(
                "preferences",
                [Zone.sip("sip:b@x", 1, 20), Zone.sip("sip:a@x", 1, 10)],
                "sofia/out/a@x|sofia/out/b@x"
            ),
            Row("the same preference", [Zone.sip("sip:a@x"), Zone.sip("sip:b@x")], "sofia/out/a@x,sofia/out/b@x"),
            Row(
                "some of them",
                [Zone.sip("sip:c@x", 1, 9), Zone.sip("sip:a@x", 1, 1), Zone.sip("sip:b@x", 1, 1)],
                "sofia/out/a@x,sofia/out/b@x|sofia/out/c@x"
            ),
            // RFC 3403 §4.1.
            Row("a later order", [Zone.sip("sip:b@x", 2, 1), Zone.sip("sip:a@x", 1, 9)], "sofia/out/a@x"),
            Row(
                "nothing of the first order is for us",
                [Zone.rule(1, 1, "u", "E2U+pres", "!.!pres:a@x!"), Zone.sip("sip:a@x", 2, 1)],
                "sofia/out/a@x"
            ),
            Row("an expression for others", [Zone.rule(1, 1, "u", "E2U+sip", "!^31!sip:a@x!")], ""),
            Row("two routes of one", [Zone.sip("sip:a@two.example")], "sofia/out/a@two.example,sofia/two/a"),
            Row("letters", [Zone.rule(1, 1, "U", "e2u+SIP", "!.!sip:a@x!")], "sofia/out/a@x"),
            Row("several services", [Zone.rule(1, 1, "u", "E2U+h323+sip", "!.!sip:a@x!")], "sofia/out/a@x"),
            Row("part of a service", [Zone.rule(1, 1, "u", "E2U+sips", "!.!sip:a@x!")], ""),
            Row("a type", [Zone.rule(1, 1, "u", "E2U+voice:tel", #"!^(.*)$!tel:\1!"#)], "sofia/gateway/g/1234"),
            Row("no captures", [Zone.rule(1, 1, "u", "E2U+fixed", "!.!x:y!")], "user/1000"),
            Row("a URI that there is no route for", [Zone.rule(1, 1, "u", "E2U+sip", "!.!http:a@x!")], ""),
            Row("flags that ENUM does not have", [Zone.rule(1, 1, "s", "E2U+sip", "!.!sip:a@x!", "x.example")], ""),
            Row(
                "an address",
                [Zone.sip("sip:a@[2001:db8::1]:5061;transport=tls")],
                "sofia/out/a@[2001:db8::1]:5061;transport=tls"
            ),
        ]
    )
    func givesRoutes(_ row: Row) async throws {
        let found = try await Self.walk([(Self.own, row.records)])
        #expect(found.answer.dialString == row.expected)
        #expect(found.asked == [Self.own + "."])
        #expect(found.remarks.isEmpty)
    }

    /// What was not for us is offered all the same.
    @Test func listsOffers() async throws {
        let found = try await Self.walk([
            (
                Self.own,
                [
                    Zone.rule(1, 1, "u", "E2U+pres", "!.!pres:a@x!"), Zone.sip("sip:a@x", 2, 1),
                    Zone.sip("sip:b@x", 3, 1),
                ]
            )
        ])
        let line = String(repeating: "=", count: 78)
        #expect(
            found.answer.tables == """

                Offered Routes:
                Order\tPref\tService   \tRoute
                \(line)
                1\t1\tE2U+pres  \tpres:a@x
                2\t1\tE2U+sip   \tsofia/out/a@x

                Supported Routes:
                Order\tPref\tService   \tRoute
                \(line)
                2\t1\tE2U+sip   \tsofia/out/a@x

                """
        )
    }

    // MARK: - From name to name

    struct Chain: Sendable, CustomTestStringConvertible {
        let what: String
        let zone: [(String, [RecordData])]
        let expected: String
        let asked: Int
        let remark: String?
        var testDescription: String { what }

        init(
            _ what: String,
            _ zone: [(String, [RecordData])],
            _ expected: String,
            asked: Int,
            remark: String? = nil
        ) {
            (self.what, self.zone, self.expected, self.asked, self.remark) = (what, zone, expected, asked, remark)
        }
    }

    private static func next(_ name: String, _ order: UInt16 = 1, _ preference: UInt16 = 1) -> RecordData {
        Zone.rule(order, preference, "", "", "", name)
    }

    private static let target = ("b.example", [Zone.sip("sip:b@x")])
    private static let row: [(String, [RecordData])] = (1...8).map { number in
        ("\(number).example", [next("\(number + 1).example")])
    }
    private static let many: [RecordData] = (1...30).map { next("\($0).example", UInt16($0)) }

    private static let chains: [Chain] = [
        Chain("a replacement", [(own, [next("b.example")]), target], "sofia/out/b@x", asked: 2),
        Chain(
            "an expression",
            [(own, [Zone.rule(1, 1, "", "", #"!^\+(12)34$!\1.example!"#)]), ("12.example", target.1)],
            "sofia/out/b@x",
            asked: 2
        ),
        Chain("an alias", [(own, [.cname(Zone.name("b.example"))]), target], "sofia/out/b@x", asked: 1),
        Chain(
            "only later",
            [(own, [next("b.example"), Zone.sip("sip:a@x", 1, 9)]), target],
            "sofia/out/a@x",
            asked: 1
        ),
        Chain("earlier", [(own, [next("b.example"), Zone.sip("sip:a@x", 2, 9)]), target], "sofia/out/b@x", asked: 2),
        Chain(
            "the first that has something",
            [(own, [next("a.example"), next("b.example", 1, 2), next("c.example", 1, 3)]), target],
            "sofia/out/b@x",
            asked: 3
        ),
        Chain(
            "a server is away",
            [(own, [next("away.example"), next("b.example", 1, 2)]), target],
            "sofia/out/b@x",
            asked: 3,
            remark: "away.example.: the name servers did not answer in time"
        ),
        Chain(
            "a circle",
            [(own, [next("b.example")]), ("b.example", [next(own)])],
            "",
            asked: 2,
            remark: "\(own).: the names go round in a circle"
        ),
        Chain(
            "aliases in a circle",
            [(own, [.cname(Zone.name("b.example"))]), ("b.example", [.cname(Zone.name(own))])],
            "",
            asked: 1,
            remark: nil
        ),
        Chain(
            "too far",
            [(own, [next("1.example")])] + row,
            "",
            asked: 6,
            remark: "5.example.: rules lead on too often"
        ),
        Chain(
            "too many",
            [(own, many)],
            "",
            asked: 8,
            remark: "8.example.: too many names"
        ),
        Chain(
            "no name",
            [(own, [next("."), Zone.rule(1, 2, "", "", "!.!a..b!"), Zone.rule(1, 3, "", "", "!.!.!")])],
            "",
            asked: 1,
            remark: "\(own).: there is no name to go on with"
        ),
    ]

    @Test(arguments: chains) func goesOn(_ chain: Chain) async throws {
        let found = try await Self.walk(chain.zone)
        #expect(found.answer.dialString == chain.expected)
        #expect(found.asked.count == chain.asked)
        if let remark = chain.remark { #expect(found.remarks.contains(remark)) }
    }

    @Test func tellsThatNobodyAnswers() async throws {
        var walk = RuleWalk(
            try ENUMNumber("1", root: nil, ENUMConfiguration()),
            routeRules: [],
            names: Away(),
            plan: NameServerPlan()
        ) { $0 }
        do throws(NameServerFault) {
            try await walk.run()
            Issue.record("somebody has answered")
        } catch {
            #expect(error == .unreachable)
        }
    }

    private struct Away: NameAsking {
        func ask(_ question: DNSQuestion, _ plan: NameServerPlan) async throws(NameServerFault) -> DNSMessage {
            throw .unreachable
        }
    }

    // MARK: - Hostile records

    /// What would be more than an address in a dial string is no route.
    @Test(
        arguments: [
            "sip:a@x,sofia/gateway/g/1900", "sip:a@x|user/1", "sip:a@x:_:user/1", "sip:{a=b}a@x", "sip:a@x<",
            "sip:[a=b", "sip:[a=b]c@x", "sip:a@[::1", "sip:a@x]",
            "sip:a@x ", "sip:'a@x", #"sip:\"a@x"#, "sip:^^:a@x", "sip:${system(true)}@x", "sip:$1@x", "sip:`a`@x",
            "[a=b]sip:a@x", "sip:a@x;fs_path=sip:b@y", "sip:a@x;transport=tcp;FS_Node=1", "sip:a@x;%66s%5faor=b",
            "sip:a@x%3Bfs_path=sip:b@y", "sip:a;fs_path=sip:b@x",
        ]
    )
    func refusesURIs(_ uri: String) async throws {
        let rule = Zone.rule(1, 1, "u", "E2U+sip", "#.#\(uri.replacing("\\", with: "\\\\"))#")
        let found = try await Self.walk([(Self.own, [rule, Zone.sip("sip:good@x", 1, 2)])])
        #expect(found.answer.dialString == "sofia/out/good@x")
        #expect(found.remarks.count == 1 && found.remarks.allSatisfy { $0.contains("a dial string has a meaning for") })
    }

    /// Rules that cannot be read are passed over, with a word in the log, and do not harm the others.
    @Test(
        arguments: [
            ("", "the regexp is not of the form !expression!replacement!"),
            ("!(!sip:a@x!", "the expression cannot be compiled"), ("!(?R)!sip:a@x!", "no extended regular expression"),
            (#"!.!sip:\1@x!"#, "names a group that is not there"), ("!.!sip:a@x!z", "an unknown flag"),
            ("!^(.+)+(.+)+(.+)+[xy]$!sip:a@x!", "costs too much"),
        ]
    )
    func passesOver(_ expression: String, _ remark: String) async throws {
        let rules = [Zone.rule(1, 1, "u", "E2U+sip", expression), Zone.sip("sip:good@x", 1, 2)]
        let number = "+12345678901234567890123456789012"
        let name = try ENUMNumber(number, root: nil, ENUMConfiguration()).name.description
        let found = try await Self.walk([(name, rules)], from: number)
        #expect(found.answer.dialString == "sofia/out/good@x")
        #expect(found.remarks.count == 1 && found.remarks.allSatisfy { $0.contains(remark) })
    }

    /// A few costly expressions are enough: the rest is not tried any more.
    @Test func costsNoMoreThanItMay() async throws {
        let costly = (1...20).map { Zone.rule(1, $0, "u", "E2U+sip", "!^(.+)+(.+)+(.+)+[xy]$!sip:a@x!") }
        let number = "+12345678901234567890123456789012"
        let name = try ENUMNumber(number, root: nil, ENUMConfiguration()).name.description
        let found = try await Self.walk([(name, costly + [Zone.sip("sip:good@x", 1, 30)])], from: number)
        #expect(found.answer.routes.isEmpty)
        #expect(found.remarks.count == RuleWalk.maximumCostlyMatches)
    }

    @Test func takesNoMoreThanItMay() async throws {
        let many = (1...200).map { Zone.sip("sip:\($0)@x", 1, $0) }
        let found = try await Self.walk([(Self.own, many)])
        #expect(found.answer.routes.count == RuleWalk.maximumRoutes)
        #expect(found.answer.routes.first?.text == "sofia/out/1@x")
        #expect(found.remarks.count <= RuleWalk.maximumRemarks)
        let services = String(repeating: "a", count: 200)
        let strange = try await Self.walk([(Self.own, [Zone.rule(1, 1, "u", services, "!.!sip:a@x!")])])
        #expect(strange.answer.offers.isEmpty && strange.remarks.count == 1)
    }
}
