import SwitchCore
import Testing

/// The tables of `show`.
struct ShowCommandTests {
    @Test(
        arguments: [
            ("show channels", "\n0 total.\n"),
            ("show channels as json", "{\"row_count\": 0}\n"),
            ("show channels count as json", "{\"row_count\":0,\"rows\":[]}"),
            ("show channels as xml", "<result row_count=\"0\"/>\n"),
            ("show channels count as xml", "<result row_count=\"0\"></result>\n"),
            ("show channels as nothing", "-ERR Cannot find format nothing\n"),
            ("show calls", "\n0 total.\n"),
            ("show calls count", "\n0 total.\n"),
            ("show detailed_calls", "\n0 total.\n"),
            ("show bridged_calls", "\n0 total.\n"),
            ("show detailed_bridged_calls", "\n0 total.\n"),
            ("show registrations", "\n0 total.\n"),
            ("show registrations count", "\n0 total.\n"),
            ("show tasks", "\n0 total.\n"),
            ("show aliases", "\n0 total.\n"),
            ("show complete", "\n0 total.\n"),
            ("show nat_map", "\n0 total.\n"),
            ("show say", "type,name,ikey\nsay,en,mod_say_en\n\n1 total.\n"),
            ("show management", "\n0 total.\n"),
            ("show limits", "type,name,ikey\nlimit,db,mod_db\nlimit,hash,mod_hash\n\n2 total.\n"),
            ("show timer", "type,name,ikey\ntimer,soft,CORE_SOFTTIMER_MODULE\n\n1 total.\n"),
            (
                "show codecs",
                "type,name,ikey\ncodec,G.711 alaw,CORE_PCM_MODULE\ncodec,G.711 ulaw,CORE_PCM_MODULE\n"
                    + "codec,RAW Signed Linear (16 bit),CORE_PCM_MODULE\n\n3 total.\n"
            ),
            (
                "show dialplan as delim |",
                "type|name|ikey\ndialplan|inline|mod_dptools\ndialplan|xml|mod_dialplan_xml\n\n2 total.\n"
            ),
            (
                "show endpoints as json",
                "{\"row_count\":6,\"rows\":[{\"type\":\"endpoint\",\"name\":\"error\",\"ikey\":\"mod_dptools\"},"
                    + "{\"type\":\"endpoint\",\"name\":\"group\",\"ikey\":\"mod_dptools\"},"
                    + "{\"type\":\"endpoint\",\"name\":\"loopback\",\"ikey\":\"mod_loopback\"},"
                    + "{\"type\":\"endpoint\",\"name\":\"null\",\"ikey\":\"mod_loopback\"},"
                    + "{\"type\":\"endpoint\",\"name\":\"pickup\",\"ikey\":\"mod_dptools\"},"
                    + "{\"type\":\"endpoint\",\"name\":\"user\",\"ikey\":\"mod_dptools\"}]}"
            ),
            (
                "show module mod_loopback as xml",
                "<result row_count=\"2\">\n  <row row_id=\"1\">\n    <type>endpoint</type>\n    <name>loopback</name>\n"
                    + "    <ikey>mod_loopback</ikey>\n    <filename>mod_loopback</filename>\n  </row>\n"
                    + "  <row row_id=\"2\">\n    <type>endpoint</type>\n    <name>null</name>\n"
                    + "    <ikey>mod_loopback</ikey>\n    <filename>mod_loopback</filename>\n  </row>\n</result>\n"
            ),
            (
                "show api msleep",
                "name,description,syntax,ikey\nmsleep,waits,<milliseconds>,mod_commands\n\n1 total.\n"
            ),
            ("show application park", "name,description,syntax,ikey\npark,,,mod_dptools\n\n1 total.\n"),
            ("show help msleep", "msleep,<milliseconds>,waits,mod_commands\n"),
        ]
    )
    func answers(_ line: String, _ answer: String) throws {
        #expect(try TestSwitch.answer(line) == answer)
    }

    @Test(arguments: ["show", "show nonsense"])
    func saysHowItIsUsed(_ line: String) throws {
        #expect(try TestSwitch.answer(line).hasPrefix("-USAGE: codec|endpoint|application|api|dialplan|file|"))
    }

    @Test func countsInterfaces() throws {
        let exchange = try TestSwitch("")
        let types = exchange.command("show interface_types").split(separator: "\n")
        #expect(types.first == "type,total")
        #expect(types.contains("endpoint,6"))
        let all = exchange.command("show interfaces").split(separator: "\n")
        #expect(all.contains("api,show,mod_commands"))
        #expect(all.contains("application,bridge,mod_dptools"))
    }

    @Test func listsChannels() throws {
        let exchange = try TestSwitch(Actions.numbers)
        let call = try exchange.call("5000")
        #expect(exchange.command("show channels count") == "\n2 total.\n")
        let table = exchange.command("show channels").split(separator: "\n")
        #expect(table.count == 4)
        #expect(table[0].hasPrefix("uuid,direction,created,created_epoch,name,state,cid_name,cid_num,ip_addr,dest,"))
        for (pattern, count) in [("5000-b", 1), ("%/5000-b", 1), ("/5000-b%", 0), ("loopback", 2), ("nothing", 0)] {
            #expect(exchange.command("show channels like \(pattern)").hasSuffix("\n\(count) total.\n"))
        }
        #expect(exchange.command("show channels like \(call.id) as json").hasPrefix("{\"row_count\":1,"))
        #expect(exchange.command("show channels as json").hasPrefix("{\"row_count\":2,\"rows\":[{\"uuid\":\""))
        #expect(exchange.command("show channels as xml").hasPrefix("<result row_count=\"2\">\n  <row row_id=\"1\">"))
    }

    @Test func listsCalls() throws {
        let exchange = try TestSwitch(Actions.numbers)
        let (first, second) = (try exchange.call("5000"), try exchange.call("5000"))
        #expect(exchange.command("show calls count") == "\n4 total.\n")
        #expect(exchange.command("show bridged_calls").hasSuffix("\n0 total.\n"))
        #expect(exchange.command("uuid_bridge \(first.id) \(second.id)") == "+OK \(second.id)\n")
        #expect(exchange.command("show calls count") == "\n3 total.\n")
        let bridged = exchange.command("show bridged_calls as delim |").split(separator: "\n")
        #expect(bridged.count == 3)
        let columns = bridged[0].split(separator: "|")
        let values = bridged[1].split(separator: "|", omittingEmptySubsequences: false)
        #expect(columns.count == 41)
        #expect(values.count == 41)
        #expect(values[0] == first.id)
        #expect(values[columns.firstIndex(of: "b_uuid") ?? 0] == second.id)
        let detailed = exchange.command("show detailed_bridged_calls").split(separator: "\n")
        #expect(detailed[0].split(separator: ",").count == 65)
        #expect(detailed.last == "1 total.")
    }
}
