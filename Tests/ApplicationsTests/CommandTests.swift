import Commands
import SwitchCore
import Testing

/// The answers of commands, to the byte.
struct CommandTests {
    private static let directory = """
        <domain name="example.org"><params><param name="mode" value="plain"/></params>
          <variables><variable name="area" value="212"/></variables>
          <groups><group name="sales"><users><user id="1000"/></users></group></groups>
          <users><user id="1001"/></users></domain>
        """
    private static let extensions = """
        <extension name="park"><condition field="destination_number" expression="^5000$">
          <action application="answer"/><action application="park"/></condition></extension>
        """

    @Test(
        arguments: [
            ("cond 5 == 5 ? yes : no", "yes"),
            ("cond 5 > 10 ? yes : no", "no"),
            ("cond '5' == 5 ? yes : no", "no"),
            ("cond abc == abc ? yes : no", "yes"),
            ("cond abc != abd ? yes : no", "yes"),
            // A text beside a number counts as long as it is.
            ("cond abc == 3 ? yes : no", "yes"),
            ("cond -1.5 <= -1 ? 'two words' : no", "two words"),
            ("cond 1 == 2 ? yes", ""),
            ("cond '' == '' ? empty : full", "empty"),
            ("cond 1 == ? yes : no", "-ERR"),
            ("cond 1 ~ 1 ? yes : no", "-ERR"),
            ("regex abc|b", "true"),
            ("regex abc|^b", "false"),
            ("regex abc|^(.)|%1%1", "aa"),
            ("regex abc|^(x)|%1", "abc"),
            ("regex abc|^(x)|%1|b", "false"),
            ("regex m:~a|c~[|]~yes", "yes"),
            ("replace aXbX|X|--", "a--b--"),
            ("replace abc||x", "-ERR"),
            ("coalesce ,,b,c", "b"),
            ("coalesce ^^;;b;c", "b"),
            ("toupper aé1", "Aé1"),
            ("tolower ABC", "abc"),
            ("expand echo ${cond(1 == 1 ? a : b)}", "a"),
            ("eval ${cond(1 == 1 ? a : b)}", "a"),
            ("eval uuid:none ${x}", "-ERR No such channel!\n"),
            ("in_group 1000@example.org SALES", "true"),
            ("in_group 1001@example.org sales", "false"),
            ("in_group 1000@example.org", "-USAGE: <user>[@<domain>] <group_name>\n"),
            ("domain_data example.org param mode", "plain"),
            ("domain_data example.org var area", "212"),
            ("domain_data nowhere var area", ""),
            ("user_exists id 1000 example.org", "true"),
            ("uuid_exists none", "false"),
            ("uuid_dump none", "-ERR No such channel!\n"),
            ("load mod_nothing", "+OK Reloading XML\n-ERR [this version has no such module]\n"),
            ("reloadacl", "+OK acl reloaded\n"),
            ("show channels", "\n0 total.\n"),
            ("show channels as json", "{\"row_count\": 0}"),
            ("show channels as nothing", nil),
            ("show modules count as json", "{\"row_count\": 8}"),
            (
                "show modules as delim |",
                "name\nmod_dptools\nmod_commands\nmod_dialplan_xml\nmod_loopback\nmod_hash\nmod_db\nmod_valet_parking\n"
                    + "mod_say_en\n\n8 total.\n"
            ),
            ("hupall", "+OK hangup all channels with cause MANAGER_REQUEST\n"),
            ("hupall nonsense", "-ERR no such cause: nonsense\n"),
            ("nonsense", "-ERR nonsense Command not found!\n"),
        ] as [(String, String?)]
    )
    func answers(_ line: String, _ answer: String?) throws {
        let exchange = try TestSwitch(Self.extensions, directory: Self.directory)
        if let answer {
            #expect(exchange.command(line) == answer)
        } else {
            #expect(exchange.command(line).hasPrefix("-USAGE: show "))
        }
    }

    /// `expand` of a command that expands itself ends.
    @Test func nestingEnds() throws {
        let exchange = try TestSwitch("")
        let line = String(repeating: "expand ", count: 100) + "echo x"
        #expect(exchange.command(line) == "-ERR commands are nested too deeply\n")
    }

    @Test func hangsUpOnlyWhatMatches() throws {
        let exchange = try TestSwitch(Self.extensions)
        let (first, second) = (try exchange.call("5000"), try exchange.call("5000"))
        #expect(exchange.command("uuid_setvar_multi \(first.id) team=red;size=2") == "+OK\n")
        #expect(
            exchange.command("hupall user_busy team red")
                == "+OK hangup all channels matching [team]=[red] with cause: USER_BUSY\n"
        )
        #expect(exchange.variable("hangup_cause", of: first) == "USER_BUSY")
        #expect(exchange.variable("hangup_cause", of: second) == nil)
        // The word alone would be a slip that ends every call.
        #expect(exchange.command("hupall user_busy team").hasPrefix("-USAGE"))
        #expect(exchange.variable("hangup_cause", of: second) == nil)
    }

    @Test func tellsOfAChannel() throws {
        let exchange = try TestSwitch(Self.extensions)
        let call = try exchange.call("5000")
        _ = exchange.command("uuid_setvar \(call.id) note a \"b\"")
        #expect(exchange.command("uuid_getvar \(call.id) note") == "a \"b\"")
        #expect(exchange.command("eval uuid:\(call.id) ${destination_number}") == "5000")
        let plain = exchange.command("uuid_dump \(call.id)")
        #expect(plain.contains("Unique-ID: \(call.id)\n"))
        #expect(plain.contains("variable_note: a%20%22b%22\n"))
        #expect(exchange.command("uuid_dump \(call.id) json").contains("\"variable_note\":\"a \\\"b\\\"\""))

        #expect(exchange.command("show channels count") == "\n2 total.\n")
        let table = exchange.command("show channels").split(separator: "\n")
        #expect(table.count == 4)
        #expect(table[0].hasPrefix("uuid,direction,created,created_epoch,name,state,cid_name,cid_num,ip_addr,dest,"))
        #expect(exchange.command("show channels like 5000-b").hasSuffix("\n1 total.\n"))
        #expect(exchange.command("show channels as json").hasPrefix("{\"row_count\":2,\"rows\":[{\"uuid\":\""))
        #expect(exchange.command("show channels as xml").hasPrefix("<result row_count=\"2\">\n  <row row_id=\"1\">"))

        #expect(exchange.command("uuid_transfer \(call.id) -bleg 5000") == "-ERR No such channel!\n")
        #expect(exchange.command("uuid_kill \(call.id) user_busy") == "+OK\n")
        #expect(exchange.command("show channels") == "\n0 total.\n")
    }
}
