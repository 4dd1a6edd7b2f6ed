import Base
import Logging
import SwitchCore
import TandemTesting
import Testing
import XMLConfig

/// The events that the switch fires, and their headers.
struct EventTests {
    private static let extensions = """
        <extension name="x"><condition field="destination_number" expression="^x$">
          <action application="answer"/><action application="set" data="a=1"/><action application="hangup"/>
        </condition></extension>
        """

    @Test func lifeOfACall() throws {
        let exchange = try TestSwitch(Self.extensions)
        let subscription = exchange.softswitch.events.subscribe(to: .all) {}
        let session = try exchange.call("x")
        exchange.loop.advance(by: .seconds(1))
        let events = subscription.takeAll().filter { $0["Unique-ID"] == session.id }
        let names = events.map(\.name.text)
        for (earlier, later) in [
            ("CHANNEL_CREATE", "CHANNEL_EXECUTE"), ("CHANNEL_EXECUTE", "CHANNEL_ANSWER"),
            ("CHANNEL_ANSWER", "CHANNEL_EXECUTE_COMPLETE"), ("CHANNEL_EXECUTE_COMPLETE", "CHANNEL_HANGUP"),
            ("CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE"), ("CHANNEL_HANGUP_COMPLETE", "CHANNEL_DESTROY"),
        ] {
            let (first, second) = (
                try #require(names.firstIndex(of: earlier)), try #require(names.firstIndex(of: later))
            )
            #expect(first < second, "\(earlier) before \(later)")
        }
        let states = events.filter { $0.name == .channelCallstate }.map { event in
            "\(event["Original-Channel-Call-State"] ?? "")>\(event["Channel-Call-State"] ?? "")"
        }
        #expect(states == ["DOWN>RINGING", "RINGING>ACTIVE", "ACTIVE>HANGUP"])
        let executions = events.filter { $0.name == .channelExecute }
        let completions = events.filter { $0.name == .channelExecuteComplete }
        #expect(executions.map { $0["Application-UUID"] } == completions.map { $0["Application-UUID"] })
        #expect(Set(executions.compactMap { $0["Application-UUID"] }).count == 3)
    }

    /// Who carries the channel's variables: some events in any case, the others where somebody has asked for that.
    @Test(
        arguments: [
            ("", ""), ("fsctl verbose_events on", ""), ("fsctl verbose_events true", ""),
            ("", "<action application=\"verbose_events\"/>"),
            ("", "<action application=\"set\" data=\"presence_data_cols=a:b\"/>"),
        ]
    )
    func carriesVariables(_ command: String, _ inCall: String) throws {
        let exchange = try TestSwitch(
            """
            <extension name="x"><condition field="destination_number" expression="^x$">\(inCall)
              <action application="set" data="a=1"/><action application="answer"/>
              <action application="log" data="%[s=2]DEBUG x"/><action application="park"/></condition></extension>
            """
        )
        let softswitch = exchange.softswitch
        if !command.isEmpty { exchange.run { await softswitch.execute(command: command) } }
        let subscription = softswitch.events.subscribe(to: .all) {}
        let session = try exchange.call("x")
        session.requestHangUp(.normalClearing)
        exchange.loop.runQueued()
        let events = subscription.takeAll().filter { $0["Unique-ID"] == session.id }
        let isWanted = !command.isEmpty || !inCall.isEmpty
        for name in [EventName.channelCallstate, .channelState, .channelHangup] {
            let last = try #require(events.last { $0.name == name })
            #expect((last["variable_a"] == "1") == (isWanted || name == .channelHangup), "\(name.text)")
        }
        // What an application alone has comes with the events of its execution.
        let scoped = events.filter { $0["scope_variable_s"] == "2" }
        #expect(scoped.map(\.name) == [.channelExecute, .channelExecuteComplete])
    }

    /// What lamps and wallboards are told beside the states.
    @Test func tellsPresenceData() throws {
        let exchange = try TestSwitch(
            """
            <extension name="x"><condition field="destination_number" expression="^x$">
              <action application="multiset" data="presence_id=1000@one.example presence_data=away a=1 c=3"/>
              <action application="set" data="presence_data_cols=a:b:c"/><action application="park"/>
            </condition></extension>
            """
        )
        let subscription = exchange.softswitch.events.subscribe(to: [.channelPark]) {}
        _ = try exchange.call("x")
        let event = try #require(subscription.takeAll().first)
        let names = ["Channel-Presence-ID", "Channel-Presence-Data", "Presence-Data-Cols", "PD-a", "PD-b", "PD-c"]
        #expect(names.map { event[$0] } == ["1000@one.example", "away", "a:b:c", "1", nil, "3"])
        #expect(event["Session-External-ID"] == nil)
    }

    /// A leg that is given another name is told of, and found, by that too; nobody gets a name twice.
    @Test func namesChannels() throws {
        let exchange = try TestSwitch(Self.extensions)
        let softswitch = exchange.softswitch
        let subscription = softswitch.events.subscribe(to: [.channelCreate]) {}
        let originate = { (id: String) in
            exchange.run {
                await softswitch.execute(
                    command: "originate {origination_uuid=\(id),origination_external_id=card}null/x &park"
                )
            }
        }
        #expect(originate("u1") == "+OK u1\n" && originate("u2") == "+OK u2\n")
        #expect(subscription.takeAll().map { $0["Session-External-ID"] } == ["card", nil])
        let first = try #require(softswitch.sessions["card"])
        #expect(first === softswitch.sessions["u1"])
        #expect(exchange.run { await first.variable("session_external_id") } == "card")
        for id in ["u1", "u2"] { softswitch.sessions[id]?.requestHangUp(.normalClearing) }
        exchange.loop.runQueued()
        #expect(softswitch.sessions["card"] == nil)
    }

    /// The reply to `connect`: programs read the caller profile under two names.
    @Test func takenOverChannelsTellTheirProfileTwice() throws {
        let exchange = try TestSwitch(Self.extensions)
        let session = try exchange.call("x")
        let event = try #require(exchange.run { await session.makeConnectionEvent() })
        for name in ["Destination-Number", "Context", "Unique-ID", "Direction", "Channel-Name"] {
            #expect(event["Channel-\(name)"]?.isEmpty == false, "\(name)")
            #expect(event["Channel-\(name)"] == event["Caller-\(name)"], "\(name)")
        }
        #expect(event["variable_uuid"] == session.id)
    }

    @Test func bridgedLegsTellOfEachOther() throws {
        let exchange = try TestSwitch(
            """
            <extension name="a"><condition field="destination_number" expression="^a$">
              <action application="bridge" data="{presence_data_cols=note,note=hello}loopback/b/default"/>
            </condition></extension>
            <extension name="b"><condition field="destination_number" expression="^b$">
              <action application="answer"/><action application="park"/></condition></extension>
            """
        )
        let names: EventNameSet = [.channelCreate, .channelOutgoing, .channelBridge, .callUpdate, .channelHangup]
        let subscription = exchange.softswitch.events.subscribe(to: names) {}
        let caller = try exchange.call("a")
        exchange.loop.advance(by: .seconds(1))
        let events = subscription.takeAll()
        // Who is called tells from the beginning on who calls.
        for name in [EventName.channelCreate, .channelOutgoing] {
            let rung = events.first { $0.name == name && $0["Call-Direction"] == "outbound" && $0["Other-Type"] != nil }
            #expect(rung?["Other-Leg-Unique-ID"] == caller.id, "\(name.text)")
        }
        let bridge = try #require(events.first { $0.name == .channelBridge && $0["Unique-ID"] == caller.id })
        let partner = try #require(bridge["Bridge-B-Unique-ID"])
        #expect(bridge["Bridge-A-Unique-ID"] == caller.id && bridge["Bridge-B-PD-note"] == "hello")
        #expect(bridge["Other-Type"] == "originatee")
        #expect(bridge["Other-Leg-Unique-ID"] == partner)
        let updates = events.filter { $0.name == .callUpdate }
        #expect(updates.contains { $0["Unique-ID"] == caller.id && $0["Bridged-To"] == partner })
        #expect(updates.contains { $0["Unique-ID"] == partner && $0["Bridged-To"] == caller.id })
        caller.requestHangUp(.normalClearing)
        exchange.loop.runQueued()
        let end = try #require(subscription.takeAll().first { $0["Unique-ID"] == partner })
        #expect(end["Other-Type"] == "originator")
        #expect(end["Other-Leg-Unique-ID"] == caller.id)
        #expect(end["Caller-Unique-ID"] == partner)
    }

    @Test func everyEventSaysWhenAndWhere() throws {
        let exchange = try TestSwitch()
        let event = exchange.softswitch.makeEvent(.custom, subclass: "a::b")
        #expect(
            event.headers.map(\.name) == [
                "Event-Name", "Core-UUID", "FreeSWITCH-Hostname", "FreeSWITCH-Switchname", "FreeSWITCH-IPv4",
                "FreeSWITCH-IPv6", "Event-Date-Local", "Event-Date-GMT", "Event-Date-Timestamp", "Event-Calling-File",
                "Event-Calling-Function", "Event-Calling-Line-Number", "Event-Subclass",
            ]
        )
        #expect(event["Event-Date-GMT"] == "Thu, 01 Jan 1970 00:00:01 GMT")
        #expect(event["Event-Calling-File"] == "EventSocketTests/EventTests.swift")
    }

    @Test func heartbeat() throws {
        let exchange = try TestSwitch()
        let subscription = exchange.softswitch.events.subscribe(to: [.heartbeat]) {}
        let heartbeat = Heartbeat(exchange.softswitch)
        heartbeat.start()
        exchange.loop.advance(by: .seconds(61))
        let events = subscription.takeAll()
        #expect(events.count == 3)
        let last = try #require(events.last)
        #expect(last["Event-Info"] == "System Ready")
        #expect(last["Uptime-msec"] == "60000")
        // Clients compare the version before they use what is newer.
        #expect(last["FreeSWITCH-Version"] == "1.11.1-tandem-test")
        #expect(
            last["Up-Time"]
                == "0 years, 0 days, 0 hours, 1 minute, 0 seconds, 0 milliseconds, 0 microseconds"
        )
        for name in [
            "Session-Count", "Max-Sessions", "Session-Per-Sec", "Session-Per-Sec-Last",
            "Session-Per-Sec-Max", "Session-Per-Sec-FiveMin", "Session-Since-Startup", "Session-Peak-Max",
            "Session-Peak-FiveMin", "Idle-CPU",
            "Heartbeat-Interval",
        ] { #expect(last[name] != nil, "\(name)") }
        heartbeat.stop()
        exchange.loop.advance(by: .seconds(60))
        #expect(subscription.takeAll().isEmpty)
    }

    /// It beats as often as `switch.conf` says.
    @Test func heartbeatInterval() throws {
        let text = """
            <configuration name="switch.conf"><settings>
              <param name="event-heartbeat-interval" value="7"/>
            </settings></configuration>
            """
        var diagnostics: [Diagnostic] = []
        let xml = try XMLDocument.parse(Array(text.utf8), named: "test")
        let exchange = try TestSwitch()
        exchange.softswitch.configuration = try SwitchConfiguration(xml: xml, diagnostics: &diagnostics)
        let subscription = exchange.softswitch.events.subscribe(to: [.heartbeat]) {}
        let heartbeat = Heartbeat(exchange.softswitch)
        heartbeat.start()
        exchange.loop.advance(by: .seconds(22))
        heartbeat.stop()
        let events = subscription.takeAll()
        #expect(events.count == 3 && diagnostics.isEmpty)
        #expect(events.last?["Heartbeat-Interval"] == "7")
    }

    @Test func commandsAndJobs() throws {
        let exchange = try TestSwitch()
        let subscription = exchange.softswitch.events.subscribe(to: [.api, .backgroundJob]) {}
        let softswitch = exchange.softswitch
        exchange.run { await BackgroundJob(uuid: "j", line: "echo a b", owner: "u").run(on: softswitch) }
        let events = subscription.takeAll()
        #expect(events.map(\.name) == [.api, .backgroundJob])
        #expect(events.first?["API-Command-Argument"] == "a b")
        let job = try #require(events.last)
        #expect(job["Job-UUID"] == "j")
        #expect(job["Job-Owner-UUID"] == "u")
        #expect(job["Job-Command"] == "echo")
        #expect(job.body == "a b")
    }
}
