import SwitchCore
import TandemTesting
import Testing

/// Commands that make text of text: their answers, to the byte.
struct TextCommandTests {
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
            // What is chosen is what stands between colons.
            ("cond true == true ? 100 XML a.example : no", "100 XML a.example"),
            ("cond true == false ? 100 XML a.example", ""),
            ("cond 1 == 1 ? a:b", "a"), ("cond 1 == 2 ? a : b c", "b c"), ("cond 1 == 2 ? a : b : c", "b : c"),
            ("cond 1 == 2 ? 'a : b' : c", "c"), ("cond 1 == 1 ? 'a : b' : c", "a : b"),
            ("cond 'it\\'s' == 'it\\'s' ? yes : no", "yes"), ("cond 1 ==1 ? yes : no", "-ERR"),
            ("cond 'a' == 'a'? yes : no", "-ERR"), ("cond 'a == 1 ? yes : no", "-ERR"), ("cond 1 == 1 yes", "-ERR"),
            ("cond 1 == 1 ?", "-ERR"), ("cond", "-ERR"),
            ("regex abc|b", "true"),
            ("regex abc|^b", "false"),
            ("regex abc|^(.)|%1%1", "aa"),
            ("regex abc|^(x)|%1", "abc"),
            ("regex abc|^(x)|%1|b", "false"),
            ("regex m:~a|c~[|]~yes", "yes"),
            // Spaces around the parts, quotes and escapes go.
            ("regex abc | ^a", "true"), ("regex  | ^$", "true"), ("regex abc| ^(a) | %1", "a"),
            ("regex abc|'^a'", "true"),
            ("regex abc|b|", "true"), ("regex abc|x|y|nb", ""), ("regex", "-ERR"),
            ("replace aXbX|X|--", "a--b--"),
            ("replace abc||x", "-ERR"),
            ("coalesce ,,b,c", "b"),
            ("coalesce ^^;;b;c", "b"),
            ("coalesce", "-USAGE: [^^<delim>]<value1>,<value2>,...\n"),
            ("toupper aé1", "Aé1"),
            ("tolower ABC", "abc"),
            ("md5 abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("md5", "!err!"),
            ("echo  two  words ", "two  words"),
        ]
    )
    func changes(_ line: String, _ answer: String) throws {
        #expect(try TestSwitch.answer(line) == answer)
    }

    @Test(
        arguments: [
            // Less is encoded than in the parts of a URI: slashes, commas and parentheses stay.
            ("url_encode a b/c,(d)?e=1&f", "a%20b/c,(d)%3Fe%3D1%26f"),
            ("url_encode é", "%C3%A9"),
            ("url_decode a%20b%2Fc", "a b/c"),
            ("escape a b$c", "a\\sb\\$c"),
            ("quote_shell_arg it's", "'it'\\''s'"),
            ("quote_shell_arg", ""),
            ("sql_escape it's", "it''s"),
        ]
    )
    func quotes(_ line: String, _ answer: String) throws {
        #expect(try TestSwitch.answer(line) == answer)
    }

    @Test(
        arguments: [
            ("expand echo ${cond(1 == 1 ? a : b)}", "a"),
            ("eval ${cond(1 == 1 ? a : b)}", "a"),
            // Without that channel, the rest is expanded all the same.
            ("eval uuid:none x${y}", "x"),
            ("eval uuid:none", ""),
            ("eval", ""),
            ("expand", "-ERR No input\n"),
            ("expand uuid:none", "-ERR No input\n"),
            // Nobody is named: what follows is the command.
            ("expand uuid: echo version short", "version short"),
            ("expand nosuch ${x}", "INVALID COMMAND!\n-ERR Cannot execute command\n"),
        ]
    )
    func expands(_ line: String, _ answer: String) throws {
        #expect(try TestSwitch.answer(line) == answer)
    }

    /// `expand` of a command that expands itself ends.
    @Test func nestingEnds() throws {
        let exchange = try TestSwitch("")
        for name in ["expand", "xml_wrap"] {
            let line = String(repeating: "\(name) ", count: 100) + "echo x"
            #expect(exchange.command(line).contains("-ERR commands are nested too deeply\n"))
        }
    }

    @Test func uuidsAreNew() throws {
        let exchange = try TestSwitch("")
        let (first, second) = (exchange.command("create_uuid"), exchange.command("create_uuid"))
        #expect(first.utf8.count == 36)
        #expect(first != second)
    }

    /// Text that would grow without bound is refused or left out; what is as long as it may be is not.
    @Test(
        arguments: [
            ("replace", 1000, 1000, 1_000_000), ("replace", 50_000, 50_000, 4), ("regex", 1000, 400, 400_000),
            ("regex", 50_000, 2000, 1_000_000),
        ]
    )
    func keepsTextsShort(_ command: String, _ length: Int, _ times: Int, _ result: Int) throws {
        let data = String(repeating: "a", count: length)
        let other = String(repeating: command == "replace" ? "b" : "%1", count: times)
        let answer = try TestSwitch.answer("\(command) \(data)|\(command == "replace" ? "a" : "^(a+)$")|\(other)")
        #expect(answer.utf8.count == result)
    }

    /// A command that is not there says nothing, and the log names it: once a minute, and how often that was.
    @Test func missingCommandsAreNamed() throws {
        let log = LogCapture()
        let lines = [("set", "said=(${nothing(x)}${echo(y)})"), ("park", "")]
        let exchange = try TestSwitch(Actions.extension("1", lines), log: log)
        let call = try exchange.call("1")
        #expect(exchange.variable("said", of: call) == "(y)")
        #expect(exchange.command("eval ${nowhere(x)}${nothing(x)}") == "")
        exchange.loop.advance(by: .seconds(61))
        #expect(exchange.command("eval ${nowhere(x)}") == "")
        #expect(
            log.lines.filter { $0.hasPrefix("no such command") } == [
                "no such command in an expression command=nothing times=1",
                "no such command in an expression command=nowhere times=3",
            ]
        )
    }
}
