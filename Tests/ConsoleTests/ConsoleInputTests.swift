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
        ("/exit", .quit), ("/quit", .quit), ("  /Bye", .quit), ("exit", .quit), ("BYE", .quit), ("Quit", .quit),
        ("...", .end), (" ...", .end), ("....", .command("....")),
        ("shutdown", .command("fsctl shutdown")), ("shutdown now", .command("shutdown now")),
        ("\tshow calls ", .command("show calls ")), ("quit now", .command("quit now")),
        ("/LOG 0", .log(.console)), ("/log  notice", .log(.notice)), ("/log 7", .log(.debug)),
        ("/log 8", .invalid("8 is no log level")), ("/log -1", .invalid("-1 is no log level")),
        ("/event json CHANNEL_CREATE CUSTOM a::b", .request("event json CHANNEL_CREATE CUSTOM a::b")),
        ("/nixevent HEARTBEAT", .request("nixevent HEARTBEAT")),
        ("/nixevent", .invalid("/nixevent needs an argument")),
        ("/filter Unique-ID abc", .request("filter Unique-ID abc")),
        ("/filter", .invalid("/filter needs an argument")),
        ("/logfilter", .containing(nil)),
        ("/", .invalid("unknown command /; /help lists the commands")),
        ("/nonsense", .invalid("unknown command /nonsense; /help lists the commands")),
    ])
    func lines(line: String, meaning: ConsoleInput) {
        #expect(ConsoleInput(line) == meaning)
    }
}
