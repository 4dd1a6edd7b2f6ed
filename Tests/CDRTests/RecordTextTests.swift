import Foundation
import MediaEngine
import SwitchCore
import Testing
import XMLConfig

@testable import CDR

/// The two documents of one record, byte by byte.
struct RecordTextTests {
    private static func profile(_ index: Int, to number: String) -> CallerProfile {
        var profile = CallerProfile()
        (profile.callerIDName, profile.callerIDNumber) = ("A & \"B\"", "1000")
        (profile.destinationNumber, profile.uuid, profile.index) = (number, "u1", index)
        (profile.channelName, profile.source) = ("sofia/internal/1000@a", "mod_sofia")
        (profile.times.created, profile.times.answered, profile.times.hungUp) = (1_000_001, 2_000_002, 5_000_005)
        return profile
    }

    private static let record: CallRecord = {
        var history = CallHistory()
        var actions = [DialplanAction(application: "execute_extension", data: "record")]
        actions.append(DialplanAction(application: "bridge", data: "user/${dialed}"))
        actions.append(DialplanAction(application: "hangup", data: ""))
        let caller = profile(1, to: "1001")
        let place = history.notePassage(DialplanRoute(extensionName: "local", actions: actions), of: caller)
        history.noteStep(0, at: place)
        let set = DialplanRoute(extensionName: "sub", actions: [DialplanAction(application: "set", data: "a=b")])
        if let place = history.noteSubroutine(set, of: profile(1, to: "record")) { history.noteStep(0, at: place) }
        history.noteStep(1, at: place)
        for number in ["1002", "1003"] { history.noteOrigination(profile(1, to: number), ofProfile: 1) }
        history.noteExecution(of: "bridge", "user/1001\u{1}", at: 1_500_000)
        history.noteHold(at: 3_000_000, with: "u2")
        history.noteHoldEnded(at: 4_000_000)
        var statistics = MediaStatistics()
        (statistics.packetsReceived, statistics.octetsReceived, statistics.packetsLost) = (95, 15_200, 5)
        (statistics.packetsSent, statistics.octetsSent, statistics.jitterMilliseconds) = (100, 16_000, 1.25)
        history.statistics = statistics
        var variables = Variables()
        for (name, value) in [
            ("uuid", "u1"), ("sip_h_X-Odd!", "a b/c,d"), ("nolocal:x", "ARRAY::1|:ä"), ("9lives", "<>&"),
        ] { variables.set(name, value) }
        return CallRecord(
            id: "u1",
            coreUUID: "core",
            switchName: "node",
            direction: .inbound,
            state: .reporting,
            variables: variables,
            history: history,
            profiles: [caller]
        )
    }()

    @Test func xml() throws {
        let text = Self.record.xml()
        #expect(
            text == """
                <?xml version="1.0"?>
                <cdr core-uuid="core" switchname="node">
                  <channel_data>
                    <state>CS_REPORTING</state>
                    <direction>inbound</direction>
                    <state_number>11</state_number>
                    <flags></flags>
                    <caps></caps>
                  </channel_data>
                  <call-stats>
                    <audio>
                      <inbound>
                        <raw_bytes>16340</raw_bytes>
                        <media_bytes>15200</media_bytes>
                        <packet_count>95</packet_count>
                        <media_packet_count>95</media_packet_count>
                        <jitter_loss_rate>5.00</jitter_loss_rate>
                        <flaw_total>5</flaw_total>
                        <jitter_ms>1.25</jitter_ms>
                        <quality_percentage>95.00</quality_percentage>
                        <mos>4.44</mos>
                      </inbound>
                      <outbound>
                        <raw_bytes>17200</raw_bytes>
                        <media_bytes>16000</media_bytes>
                        <packet_count>100</packet_count>
                        <media_packet_count>100</media_packet_count>
                      </outbound>
                    </audio>
                  </call-stats>
                  <variables>
                    <uuid>u1</uuid>
                    <sip_h_X-Odd_>a%20b/c,d</sip_h_X-Odd_>
                    <nolocal_x>1</nolocal_x>
                    <nolocal_x>%C3%A4</nolocal_x>
                    <_9lives>%3C%3E%26</_9lives>
                  </variables>
                  <app_log>
                    <application app_name="bridge" app_data="user/1001\u{FFFD}" app_stamp="1500000"></application>
                  </app_log>
                  <hold-record>
                    <hold on="3000000" off="4000000" bridged-to="u2"></hold>
                  </hold-record>
                  <callflow dialplan="XML" unique-id="u1" profile_index="1">
                    <extension name="local" number="1001" current_app="bridge">
                      <application app_name="execute_extension" app_data="record"></application>
                      <application last_executed="true" app_name="bridge" app_data="user/${dialed}"></application>
                      <application app_name="hangup" app_data=""></application>
                      <sub_extensions>
                        <extension name="sub" number="record" dialplan="XML" current_app="set">
                          <application last_executed="true" app_name="set" app_data="a=b"></application>
                        </extension>
                      </sub_extensions>
                    </extension>
                    <caller_profile>
                      <username></username>
                      <dialplan>XML</dialplan>
                      <caller_id_name>A &amp; "B"</caller_id_name>
                      <caller_id_number>1000</caller_id_number>
                      <callee_id_name></callee_id_name>
                      <callee_id_number></callee_id_number>
                      <ani></ani>
                      <aniii></aniii>
                      <network_addr></network_addr>
                      <rdnis></rdnis>
                      <destination_number>1001</destination_number>
                      <uuid>u1</uuid>
                      <source>mod_sofia</source>
                      <transfer_source></transfer_source>
                      <context>default</context>
                      <chan_name>sofia/internal/1000@a</chan_name>
                      <origination>
                        <origination_caller_profile>
                          <username></username>
                          <dialplan>XML</dialplan>
                          <caller_id_name>A &amp; "B"</caller_id_name>
                          <caller_id_number>1000</caller_id_number>
                          <callee_id_name></callee_id_name>
                          <callee_id_number></callee_id_number>
                          <ani></ani>
                          <aniii></aniii>
                          <network_addr></network_addr>
                          <rdnis></rdnis>
                          <destination_number>1003</destination_number>
                          <uuid>u1</uuid>
                          <source>mod_sofia</source>
                          <transfer_source></transfer_source>
                          <context>default</context>
                          <chan_name>sofia/internal/1000@a</chan_name>
                        </origination_caller_profile>
                        <origination_caller_profile>
                          <username></username>
                          <dialplan>XML</dialplan>
                          <caller_id_name>A &amp; "B"</caller_id_name>
                          <caller_id_number>1000</caller_id_number>
                          <callee_id_name></callee_id_name>
                          <callee_id_number></callee_id_number>
                          <ani></ani>
                          <aniii></aniii>
                          <network_addr></network_addr>
                          <rdnis></rdnis>
                          <destination_number>1002</destination_number>
                          <uuid>u1</uuid>
                          <source>mod_sofia</source>
                          <transfer_source></transfer_source>
                          <context>default</context>
                          <chan_name>sofia/internal/1000@a</chan_name>
                        </origination_caller_profile>
                      </origination>
                    </caller_profile>
                    <times>
                      <created_time>1000001</created_time>
                      <profile_created_time>0</profile_created_time>
                      <progress_time>0</progress_time>
                      <progress_media_time>0</progress_media_time>
                      <answered_time>2000002</answered_time>
                      <bridged_time>0</bridged_time>
                      <last_hold_time>0</last_hold_time>
                      <hold_accum_time>0</hold_accum_time>
                      <hangup_time>5000005</hangup_time>
                      <resurrect_time>0</resurrect_time>
                      <transfer_time>0</transfer_time>
                    </times>
                  </callflow>
                </cdr>

                """
        )
        #expect(throws: Never.self) { try XMLDocument.parse(Array(text.utf8), named: "cdr") }
    }

    @Test(arguments: [(true, "a%20b/c,d", "%C3%A4"), (false, "a b/c,d", "ä")])
    func json(encodesValues: Bool, header: String, element: String) throws {
        let text = Self.record.json(encodesValues: encodesValues)
        let cdr = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(
            Set(cdr.keys) == [
                "core-uuid", "switchname", "channel_data", "callStats", "variables", "app_log", "hold_record",
                "callflow",
            ]
        )
        let variables = try #require(cdr["variables"] as? [String: Any])
        #expect(variables["sip_h_X-Odd!"] as? String == header)
        #expect(variables["nolocal:x"] as? [String] == ["1", element])
        let statistics = (cdr["callStats"] as? [String: [String: [String: Double]]])?["audio"]?["inbound"]
        #expect(statistics?["packet_count"] == 95)
        #expect(statistics?["mos"] == 4.44)
        let log = cdr["app_log"] as? [String: [[String: String]]]
        #expect(log?["applications"]?.first?["app_data"] == "user/1001\u{1}")
        let flow = try #require((cdr["callflow"] as? [[String: Any]])?.first)
        let found = try #require(flow["extension"] as? [String: Any])
        #expect(found["name"] as? String == "local")
        #expect(found["current_app"] as? String == "bridge")
        let executed = (found["applications"] as? [[String: String]])?.map { $0["last_executed"] }
        #expect(executed == [nil, "true", nil])
        let subroutine = (found["sub_extensions"] as? [[String: Any]])?.first
        #expect(subroutine?["number"] as? String == "record")
        #expect(subroutine?["dialplan"] as? String == "XML")
        #expect((subroutine?["applications"] as? [[String: String]])?.first?["last_executed"] == "true")
        let called = (flow["caller_profile"] as? [String: Any])?["origination"] as? [String: [[String: String]]]
        #expect(called?["origination_caller_profiles"]?.map { $0["destination_number"] } == ["1003", "1002"])
        #expect((flow["caller_profile"] as? [String: Any])?["caller_id_name"] as? String == "A & \"B\"")
        #expect((flow["times"] as? [String: String])?["hangup_time"] == "5000005")
    }
}
