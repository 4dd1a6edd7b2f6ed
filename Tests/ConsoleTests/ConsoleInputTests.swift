import Base
import Console
import Testing

@Suite struct ConsoleInputTests {
    @Test(arguments: [
        ("", ConsoleInput.nothing),
        ("   ", .nothing),
        ("status", .command("status")),
        ("  show channels as json", .command("show channels as json")),
        ("/log", .log(.debug)),
        ("/log 4", .log(.warning)),
        ("/log ERR", .log(.err)),
        ("/log loud", .invalid("loud is no log level")),
        ("/nolog", .request("nolog")),
        ("/noevents", .request("noevents")),
        ("/event plain ALL", .request("event plain ALL")),
        ("/event", .invalid("/event needs an argument")),
        ("/filter delete all", .request("filter delete all")),
        ("/uuid abc", .channel("abc")),
        ("/uuid", .channel(nil)),
        ("/logfilter some text", .containing("some text")),
        ("/help", .help),
        ("/bye", .quit),
        ("/QUIT", .quit),
        ("exit", .quit),
        ("...", .command("fsctl shutdown")),
        ("/nonsense", .invalid("unknown command /nonsense; /help lists the commands")),
    ])
    func lines(line: String, meaning: ConsoleInput) {
        #expect(ConsoleInput(line) == meaning)
    }
}
