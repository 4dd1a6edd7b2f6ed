import ConfigurationCheck
import Testing
import XMLConfig

struct ConfigurationCheckTests {
    @Test func modulesAreOursOrFreeSWITCHsOrUnknown() throws {
        let modules = """
            <configuration name="modules.conf"><modules>
            <load module="/usr/lib/freeswitch/mod/mod_sofia.so"/><load module="mod_logfile"/>
            <load module="mod_lua"/>
            <load module="mod_dptols"/>
            <load/>
            </modules></configuration>
            """
        let findings = try CheckedTree.configuration(modules)
        #expect(
            findings == [
                "2 note module: mod_logfile has no effect: the log goes to the standard error output",
                "3 warning module: the module \"mod_lua\" is not in this version",
                "4 error module: there is no module \"mod_dptols\", did you mean \"mod_dptools\"?",
                "5 warning module: expected module=\"mod_…\"",
            ]
        )
    }

    @Test func configurationsAndSectionsThatNothingReads() throws {
        let findings = try CheckedTree.findings(
            """
            <section name="configuration"><configuration name="lua.conf"/><configuration name="mine.txt"/>
            <configuration name="sofai.conf"/>
            </section>
            <section name="dialpan"/><section name="channels"><channel name="x"/></section>
            <section name="languages"><language name="en"><macro name="x"/></language></section>
            """
        )
        #expect(
            findings == [
                "1 note configuration: nothing in this version reads lua.conf",
                "1 note configuration: nothing reads \"mine.txt\"",
                "2 warning configuration: nothing reads \"sofai.conf\", did you mean \"sofia.conf\"?",
                "4 note configuration: nothing in this version reads the section \"channels\"",
                "4 warning configuration: nothing reads the section \"dialpan\", did you mean \"dialplan\"?",
            ]
        )
    }

    @Test(arguments: [
        (
            "pgsql://db",
            [
                "1 error core: core database: the data source of PostgreSQL cannot be read: pgsql:// is followed by "
                    + "host=<host> dbname=<name> …; a URI begins with postgresql://"
            ]
        ),
        ("pgsql://host=db", []), ("sqlite://core", []),
    ])
    func coreDatabase(dsn: String, expected: [String]) throws {
        let text =
            #"<configuration name="switch.conf"><settings><param name="core-db-dsn" value="\#(dsn)"/></settings>"#
        #expect(try CheckedTree.configuration(text + "</configuration>") == expected)
    }

    @Test func coreSettings() throws {
        let findings = try CheckedTree.configuration(
            """
            <configuration name="switch.conf"><settings><param name="max-sesions" value="5"/>
            <param name="tipping-point" value="0"/><param name="rtp-start-port" value="x"/>
            </settings><cli-keybindings><key name="1" value="help"/></cli-keybindings></configuration>
            """
        )
        #expect(
            findings == [
                "1 warning core: unknown parameter \"max-sesions\", did you mean \"max-sessions\"?",
                "2 error core: rtp-start-port is \"x\", expected a whole number from 1024 to 65534",
                "2 note core: tipping-point has no effect in this version",
                "3 note core: <cli-keybindings> has no effect in this version",
            ]
        )
    }

    @Test func profiles() throws {
        let findings = try CheckedTree.configuration(
            """
            <configuration name="sofia.conf"><global_settings><param name="log-level" value="0"/></global_settings>
            <profiles><profile name="internal"><settings>
            <param name="dialplan" value="XML,enum:x"/><param name="context" value="nowhere"/>
            <param name="codec-prefs" value="OPUS"/><param name="sip-capture" value="no"/>
            <param name="sip-prot" value="5060"/></settings>
            <gateways><gateway name="g"><param name="proxy" value="x"/><param name="usrname" value="x"/></gateway></gateways>
            </profile></profiles></configuration>
            """
        )
        #expect(
            findings == [
                "1 note sip: log-level has no effect in this version",
                "3 warning dialplan: the dialplan \"enum\" is not in this version",
                "3 warning dialplan: the dialplan has no context \"nowhere\"",
                "4 error sip: codec-prefs: expected at least one of PCMU, PCMA and L16",
                "4 note sip: sip-capture has no effect in this version",
                "5 warning sip: unknown parameter \"sip-prot\", did you mean \"sip-port\"?",
                "6 error sip: the gateway \"g\" registers: it needs a username and a password",
                "6 warning sip: unknown parameter \"usrname\", did you mean \"username\"?",
            ]
        )
    }

    @Test func accessListsAndUsers() throws {
        let findings = try CheckedTree.findings(
            """
            <section name="configuration"><configuration name="acl.conf"><network-lists><list name="a" default="deny">
            <node type="allow" cidr="192.0.2.0/33"/></list></network-lists></configuration></section>
            <section name="directory"><domain name="d"><params><param name="dial-string" value="${verto_contact(x)}"/></params>
            <users><user id="1"><params><param name="password" value="1234"/></params></user>
            <user id="2"><params><param name="password" value=""/></params></user>
            <user id="3"><params><param name="password" value="k3jhq9"/></params></user>
            <user id="4"><params><param name="pasword" value="k3jhq9"/><param name="colour" value="red"/></params></user>
            <user id="5"><params><param name="a1-hash" value="0a1b"/></params></user></users></domain></section>
            """
        )
        #expect(
            findings == [
                "2 warning accessList: \"192.0.2.0/33\" is not a network such as 192.0.2.0/24, it is left out",
                "3 warning command: the command \"verto_contact\" is not in this version",
                "4 warning directory: user 1: the password 1234 lets nobody in",
                "5 warning directory: user 2: an empty password lets nobody in",
                "7 warning directory: nothing reads the param \"pasword\", did you mean \"password\"?",
                "7 note directory: user 4: nobody can register without a password",
            ]
        )
    }

    @Test func menus() throws {
        let findings = try CheckedTree.configuration(
            """
            <configuration name="ivr.conf"><menus><menu name="m" exec-on-max-failures="transfer 1 XML nowhere">
            <entry action="menu-exec-ap" digits="1" param="answer"/>
            <entry action="menu-exec-app" digits="2" param="answr"/>
            <entry action="menu-exec-app" digits="3" param="hangup USER_BUSSY"/>
            <entry action="menu-exec-app" digits="4" param="set a=b"/>
            <entry action="menu-top"/>
            </menu></menus></configuration>
            """
        )
        #expect(
            findings == [
                "1 warning dialplan: the dialplan has no context \"nowhere\"",
                "2 warning application: there is no menu action \"menu-exec-ap\", did you mean \"menu-exec-app\"?",
                "3 error application: there is no application \"answr\", did you mean \"answer\"?",
                "4 warning application: there is no hang-up cause \"USER_BUSSY\", did you mean \"USER_BUSY\"?",
                "6 warning application: digits are missing",
            ]
        )
    }

    @Test func phrases() throws {
        let findings = try CheckedTree.findings(
            """
            <section name="languages"><language name="en"><phrases><macros><macro name="a"><input pattern="(.*)"><match>
            <action function="play-fil" data="x.wav"/>
            <action function="play-file" data="x.wav"/></match></input></macro>
            <macro name="b"><input pattern="("><match/></input></macro></macros></phrases></language></section>
            """
        )
        #expect(findings.count == 2)
        #expect(findings.first == "2 warning sound: there is no function \"play-fil\", did you mean \"play-file\"?")
        #expect(findings.last?.hasPrefix("4 error sound: ") == true)
    }

    @Test func reportsAreSortedAndCounted() {
        let place = { (file: String, line: Int) in SourceLocation(file: file, line: line) }
        let report = CheckReport([
            Finding(.module, Diagnostic(.warning, at: place("conf/b.xml", 2), "later")),
            Finding(.sip, Diagnostic(.note, at: place("conf/autoload_configs/../a.xml", 10), "\"x\"\n")),
            Finding(.module, Diagnostic(.warning, at: place("conf/b.xml", 2), "later")),
            Finding(.loading, Diagnostic(.error, at: nil, "first")),
        ])
        #expect(!report.isClean)
        #expect(
            report.text(withNotes: false) == """
                error: first
                conf/b.xml:2: warning: later
                                  errors  warnings     notes
                loading                1         0         0
                module                 0         1         0
                SIP profile            0         0         1
                all                    1         1         1

                """
        )
        #expect(
            report.json().split(separator: "\n")[2] == """
                  {"file": "conf/a.xml", "line": 10, "severity": "note", "subject": "SIP profile", \
                "message": "\\"x\\"\\u000a"},
                """
        )
        #expect(CheckReport([]).json() == "[]\n")
        #expect(CheckReport([Finding(.sip, Diagnostic(.note, at: nil, "x"))]).isClean)
    }
}
