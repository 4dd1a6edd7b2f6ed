import SwitchCore
import TandemTesting
import Testing

/// The application `ivr` on a call.
struct MenuTests {
    private static let menus = """
        <configuration name="ivr.conf"><menus>
        <menu name="main" greet-long="silence" timeout="1000" inter-digit-timeout="500" max-failures="2" max-timeouts="2"
          digit-len="4">
          <entry action="menu-exec-app" digits="1" param="set chosen=one"/>
          <entry action="menu-exec-app" digits="2" param="transfer 2 XML default"/>
          <entry action="menu-exec-app" digits="/^(1[0-9]+)$/" param="set dialled=$1"/>
          <entry action="menu-exec-app" digits="3" param="dance"/>
        </menu>
        <menu name="locked" greet-long="silence" timeout="1000" max-timeouts="1" pin="12"
          pin-file="silence">
          <entry action="menu-exec-app" digits="1" param="set chosen=in"/>
        </menu>
        <menu name="guarded" greet-long="silence" timeout="1000" max-timeouts="1" pin="12" pin-file="silence"
          bad-pin-file="phrase:note:bad"/>
        <menu name="leaving" greet-long="silence" timeout="1000" max-timeouts="1" transfer-sound="phrase:note:transfer">
          <entry action="menu-exec-app" digits="1" param="set chosen=one"/>
          <entry action="menu-exec-app" digits="2" param="transfer 2 XML default"/>
        </menu>
        <menu name="impatient" greet-long="silence" timeout="1000" max-timeouts="1"
          exec-on-max-timeouts="set noted=late"/>
        <menu name="spoken" greet-long="silence" timeout="1000" max-timeouts="1" tts-engine="flite" tts-voice="kal"/>
        <menu name="direct" greet-long="silence" timeout="1000" inter-digit-timeout="500" max-timeouts="2" digit-len="4">
          <entry action="menu-exec-app" digits="/^(\\d{4})$/"
            param="set ${cond(${user_exists id $1 d} == true ? there=true : there=false)}"/>
          <entry action="menu-exec-app" digits="/^(\\d{4})$/"
            param="set sound=${cond(${there} == true ? /a b/transferred.wav : /a b/invalid.wav)}"/>
          <entry action="menu-exec-app" digits="/^(\\d{4})$/"
            param="transfer ${cond(${there} == true ? $1 XML default)}"/>
        </menu></menus></configuration>
        """

    /// Writes down what it is given, in the place of a sound.
    private static let note = """
        <macro name="note"><input pattern="(.*)"><match><action function="execute" data="set(noted=$1)"/></match></input>
        </macro>
        """

    private static let people = """
        <domain name="d"><groups><group name="all"><users><user id="1002"/></users></group></groups></domain>
        """

    @Test(
        arguments: [
            ("main", "1", "chosen", "one"),
            ("main", "1005", "dialled", "1005"),
            ("main", "2", "other", "2"),
            ("main", "", "ivr_menu_status", "timeout"),
            ("main", "9#8#", "ivr_menu_status", "failure"),
            ("main", "1#", "digits_dialed", "1"),
            ("locked", "121#", "chosen", "in"),
            ("locked", "3434345#", "chosen", nil),
            // Between the keys of a PIN there is more time than before the first.
            ("locked", "1 21#", "chosen", "in"),
            // What is heard of a wrong PIN, and before a call is sent elsewhere; what is done when nothing is pressed.
            ("guarded", "34", "noted", "bad"), ("guarded", "12", "noted", nil),
            ("leaving", "2", "noted", "transfer"), ("leaving", "2", "other", "2"), ("leaving", "1", "noted", nil),
            ("impatient", "", "noted", "late"), ("impatient", "", "ivr_menu_status", "timeout"),
            ("spoken", "", "tts_engine", "flite"), ("spoken", "", "tts_voice", "kal"), ("main", "", "tts_engine", nil),
            // FusionPBX's direct dial, three entries with the same keys: who is there is called, who is not is not.
            ("direct", "1002", "sound", "/a b/transferred.wav"), ("direct", "1002", "other", "1002"),
            ("direct", "1003", "there", "false"), ("direct", "1003", "sound", "/a b/invalid.wav"),
            ("direct", "1003", "other", nil), ("direct", "1003", "ivr_menu_status", "timeout"),
            // An application that is not there ends the menu, and the dialplan goes on.
            ("main", "3", "behind", "yes"), ("main", "3", "missing_application", "dance"),
            ("nowhere", "1", "ivr_menu_status", nil),
        ] as [(String, String, String, String?)]
    )
    func runs(_ menu: String, _ keys: String, _ name: String, _ value: String?) throws {
        let exchange = try TestSwitch(
            Actions.extension("1", [("answer", ""), ("ivr", menu), ("set", "behind=yes"), ("park", "")])
                + Actions.extension("2", [("set", "other=${destination_number}"), ("park", "")])
                + Actions.extension("1002", [("set", "other=${destination_number}"), ("park", "")]),
            directory: Self.people,
            configuration: Self.menus,
            macros: Self.note
        )
        let call = try exchange.call("1")
        for keys in keys.split(separator: " ") {
            _ = exchange.command("uuid_recv_dtmf \(call.id) \(keys)")
            exchange.loop.advance(by: .seconds(5))
        }
        exchange.loop.advance(by: .seconds(20))
        #expect(exchange.variable(name, of: call) == value)
        #expect(exchange.variable("hangup_cause", of: call) == nil)
    }

    /// The key that ends a choice is `#` where nothing is said.
    @Test(
        arguments: [
            ("", "1#", "one"), ("", "1*", nil), ("*", "1*", "one"), ("*", "1#", nil), ("*#", "1#", "one"),
        ] as [(String, String, String?)]
    )
    func endsChoices(_ terminators: String, _ keys: String, _ chosen: String?) throws {
        let actions = [("answer", ""), ("set", "ivr_menu_terminator=\(terminators)"), ("ivr", "main"), ("park", "")]
        let exchange = try TestSwitch(Actions.extension("1", actions), configuration: Self.menus)
        let call = try exchange.call("1")
        _ = exchange.command("uuid_recv_dtmf \(call.id) \(keys)")
        exchange.loop.advance(by: .seconds(20))
        #expect(exchange.variable("chosen", of: call) == chosen)
    }

    /// Programs hear of a menu when it is entered, however often it greets, and when it is left, wherever to.
    @Test(
        arguments: [
            ("main", "", ["menu::enter main", "menu::exit main"]),
            ("main", "9#8#", ["menu::enter main", "menu::exit main"]),
            ("main", "2", ["menu::enter main", "menu::exit main"]),
            ("locked", "121#", ["menu::enter locked", "menu::exit locked"]),
            // Who does not know the PIN was never in it.
            ("locked", "3434345#", []), ("nowhere", "1", []),
        ] as [(String, String, [String])]
    )
    func tellsOfMenus(_ menu: String, _ keys: String, _ expected: [String]) throws {
        let exchange = try TestSwitch(
            Actions.extension("1", [("answer", ""), ("ivr", menu), ("park", "")])
                + Actions.extension("2", [("park", "")]),
            configuration: Self.menus
        )
        let events = exchange.softswitch.events.subscribe(to: [.custom]) {}
        let call = try exchange.call("1")
        _ = exchange.command("uuid_recv_dtmf \(call.id) \(keys)")
        exchange.loop.advance(by: .seconds(20))
        let told = events.takeAll().filter { $0["Event-Subclass"]?.hasPrefix("menu::") == true }
        #expect(told.map { "\($0["Event-Subclass"] ?? "") \($0["Menu-Name"] ?? "")" } == expected)
        #expect(told.allSatisfy { $0["Unique-ID"] == call.id })
    }
}
