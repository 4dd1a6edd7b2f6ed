import Foundation
import SwitchCore
import Synchronization
import TandemTesting
import Testing

/// A tenant's call through all that portals do to one: who is called, from where, a group that rings, and its mailbox.
struct RingGroupCallTests {
    /// Keeps what channels say of themselves when they have ended.
    private final class Reporter: CallReporter {
        private let told = Mutex<[[String: String]]>([])

        var all: [[String: String]] { told.withLock { $0 } }

        func report(_ session: isolated Session) async {
            let names = [
                "call_direction", "user_exists", "from_user_exists", "last_app", "last_arg", "missing_application",
                "originate_disposition", "hangup_cause",
            ]
            var variables = ["direction": session.direction.rawValue]
            for name in names { variables[name] = session.variable(name) }
            told.withLock { $0.append(variables) }
        }
    }

    /// A group of two phones, and what comes when none of them takes the call.
    private static let group = TenantSwitch.Dialplan(
        name: "ring_group",
        order: 233,
        xml: """
            <extension name="sales">
              <condition field="destination_number" expression="^2000$">
                <action application="ring_ready"/>
                <action application="set" data="continue_on_fail=true"/>
                <action application="set" data="hangup_after_bridge=true"/>
                <action application="set" data="call_timeout=20"/>
                <action application="bridge" data="user/1000@${domain_name},user/1001@${domain_name}"/>
                <action application="transfer" data="*991000 XML ${context}"/>
              </condition>
            </extension>
            """
    )

    /// Extensions of the shape that FusionPBX's have.
    private static let own = [
        TenantSwitch.Dialplan(
            name: "user_exists",
            context: "global",
            order: 10,
            xml: """
                <extension name="who_is_called" continue="true">
                  <condition field="" expression="" break="">
                    <action application="set" data="user_exists=${user_exists id ${destination_number} ${domain_name}}"
                      inline="true"/>
                    <action application="set" inline="true"
                      data="from_user_exists=${user_exists id ${sip_from_user} ${sip_from_host}}"/>
                  </condition>
                  <condition field="${user_exists}" expression="^true$" break="">
                    <action application="set" inline="true"
                      data="call_timeout=${user_data ${destination_number}@${domain_name} var call_timeout}"/>
                  </condition>
                </extension>
                """
        ),
        TenantSwitch.Dialplan(
            name: "call_direction",
            context: "global",
            order: 35,
            xml: """
                <extension name="from_where" continue="true">
                  <condition field="${call_direction}" expression="^$" break="never">
                    <action application="export" data="call_direction=local" inline="true"/>
                  </condition>
                </extension>
                """
        ),
        TenantSwitch.Dialplan(
            name: "to_mailbox",
            context: "global",
            order: 310,
            xml: """
                <extension name="to_mailbox">
                  <condition field="destination_number" expression="^\\*99(\\d{2,10})$">
                    <action application="answer"/>
                    <action application="voicemail" data="default ${domain_name} $1"/>
                  </condition>
                </extension>
                """
        ),
    ]

    /// The templates themselves, when this machine has them: those of every call without scripts, and those of mailboxes.
    private static var templates: [TenantSwitch.Dialplan] {
        guard let directory = SharedCorpus.folder("fusionpbx/dialplan-templates") else { return [] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.sorted().compactMap { name in
            guard let xml = try? String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8),
                let order = Int(name.prefix { $0.isNumber }), xml.contains("context=\"global\""),
                !xml.contains("application=\"lua\"") || name.contains("voicemail")
            else { return nil }
            return TenantSwitch.Dialplan(name: name, context: "global", order: order, xml: xml)
        }
    }

    private static let shapes: [(dialplans: [TenantSwitch.Dialplan], mailbox: String)] =
        [(own, "voicemail")] + (templates.isEmpty ? [] : [(templates, "lua")])

    /// Two phones of a tenant, of which the caller's is a member of the group and only rings.
    private struct Tenant {
        let exchange: TenantSwitch
        let caller: SimulatedPhone
        let called: SimulatedPhone
        private let reporter = Reporter()

        init(shape: Int) throws {
            exchange = try TenantSwitch(.v5_5, dialplans: shapes[shape].dialplans + [group])
            exchange.softswitch.reporters.register(reporter, as: "test")
            (caller, called) = (exchange.phone("1000"), exchange.phone("1001"))
            caller.manner = .rings
            for phone in [caller, called] { phone.register(expires: 600) }
            exchange.loop.advance(by: .seconds(1))
        }

        /// What the caller's channel has said, once no channel is left.
        func endOfCall() throws -> [String: String] {
            #expect(exchange.loop.runUntil { exchange.softswitch.sessions.count == 0 })
            return try #require(reporter.all.last { $0["direction"] == "inbound" })
        }
    }

    @Test(arguments: shapes.indices) func nobodyTakesTheCall(shape: Int) throws {
        let tenant = try Tenant(shape: shape)
        tenant.called.manner = .rings
        _ = tenant.caller.call("2000")
        tenant.exchange.loop.advance(by: .seconds(19))
        #expect(tenant.called.heard == ["REGISTER 200", "called"])
        tenant.exchange.loop.advance(by: .seconds(5))
        #expect(tenant.called.heard == ["REGISTER 200", "called", "cancelled"])
        #expect(Array(tenant.caller.heard.suffix(2)) == ["answered", "ended"])
        let inbound = try tenant.endOfCall()
        #expect(inbound["call_direction"] == "local")
        #expect(inbound["from_user_exists"] == "true")
        #expect(inbound["originate_disposition"] == "NO_ANSWER")
        #expect(inbound["missing_application"] == Self.shapes[shape].mailbox)
        #expect(inbound["hangup_cause"] == "DESTINATION_OUT_OF_ORDER")
    }

    @Test(arguments: shapes.indices) func oneTakesTheCall(shape: Int) throws {
        let tenant = try Tenant(shape: shape)
        let call = tenant.caller.call("2000")
        tenant.exchange.loop.advance(by: .seconds(5))
        #expect(tenant.caller.heard.contains("answered"))
        #expect(tenant.caller.heard.contains("cancelled"))
        tenant.caller.hangUp(call)
        tenant.exchange.loop.advance(by: .seconds(1))
        #expect(tenant.called.heard.last == "ended")
        let inbound = try tenant.endOfCall()
        #expect(inbound["originate_disposition"] == "SUCCESS")
        #expect(inbound["missing_application"] == nil)
    }
}
