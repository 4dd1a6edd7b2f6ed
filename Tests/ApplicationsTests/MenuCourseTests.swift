import SwitchCore
import Testing
import XMLConfig

@testable import Applications

/// The way through menus: what happens, and what is done then.
struct MenuCourseTests {
    private static let menus = """
        <menus>
        <menu name="main" greet-long="long" greet-short="short" invalid-sound="wrong" exit-sound="bye" max-failures="2"
          max-timeouts="3" digit-len="3">
          <entry action="menu-exec-app" digits="1" param="transfer 1000 XML default"/>
          <entry action="menu-exec-app" digits="/^(2..)$/" param="bridge user/$1"/>
          <entry action="menu-sub" digits="3" param="sub"/>
          <entry action="menu-play-sound" digits="4" param="sound"/>
          <entry action="menu-exit" digits="5"/>
          <entry action="menu-top" digits="6"/>
          <entry action="menu-back" digits="7"/>
          <entry action="menu-sub" digits="8" param="main"/>
          <entry action="menu-sub" digits="9" param="nowhere"/>
          <entry action="menu-dance" digits="0"/>
        </menu>
        <menu name="sub" greet-long="sub" max-failures="1" exec-on-max-failures="hangup USER_BUSY">
          <entry action="menu-back" digits="*"/>
          <entry action="menu-top" digits="#"/>
          <entry action="menu-sub" digits="3" param="deep"/>
        </menu>
        <menu name="deep" greet-long="deep"><entry action="menu-top" digits="#"/></menu>
        <menu name="locked" greet-long="in" pin="12"/>
        <menu name="asking" greet-long="ask" confirm-macro="right" confirm-key="1">
          <entry action="menu-exec-app" digits="2" param="answer"/>
        </menu>
        <menu name="impatient" greet-long="i" max-timeouts="1" exec-on-max-timeouts="hangup NO_ANSWER"/>
        <menu name="loop" greet-long="l"><entry action="menu-sub" digits="1" param="loop2"/></menu>
        <menu name="loop2" greet-long="l"><entry action="menu-sub" digits="1" param="loop"/></menu>
        <menu name="many" greet-long="many">
          <entry action="menu-exec-app" digits="/^(5)$/" param="set key=$1"/>
          <entry action="menu-play-sound" digits="5" param="sound"/>
          <entry action="menu-exec-app" digits="5" param="answer"/>
          <entry action="menu-exit" digits="6"/><entry action="menu-play-sound" digits="6" param="sound"/>
          <entry action="menu-sub" digits="7" param="sub"/><entry action="menu-play-sound" digits="7" param="after"/>
          <entry action="menu-play-sound" digits="8" param="sound"/><entry action="menu-exit" digits="8"/>
        </menu>
        </menus>
        """

    private static func course(from name: String) throws -> MenuCourse {
        let node = try XMLDocument.parse(Array(menus.utf8), named: "menus")
        var found: [String: MenuDefinition] = [:]
        for menu in node.children(named: "menu") {
            let definition = MenuDefinition(menu) { _ in }
            found[definition.name] = definition
        }
        return try #require(MenuCourse(found, from: name))
    }

    private static func long(_ menu: String) -> MenuCourse.Step { .greet(menu: menu, isLong: true) }
    private static func short(_ menu: String) -> MenuCourse.Step { .greet(menu: menu, isLong: false) }
    private static let bye = MenuCourse.Step.finish(exitSound: "bye")

    /// The steps that follow events from the beginning; the last is what `status` says.
    struct Transcript: Sendable, CustomTestStringConvertible {
        let menu: String
        let events: [MenuCourse.Event]
        let steps: [MenuCourse.Step]
        let status: MenuCourse.Status
        var testDescription: String { "\(menu): \(events)" }

        init(
            _ menu: String,
            _ events: [MenuCourse.Event],
            _ steps: [MenuCourse.Step],
            _ status: MenuCourse.Status = .success
        ) {
            (self.menu, self.events, self.steps, self.status) = (menu, events, steps, status)
        }
    }

    @Test(arguments: [
        Transcript("main", [.pressed("1")], [.execute(application: "transfer", data: "1000 XML default")]),
        Transcript("main", [.pressed("201")], [.execute(application: "bridge", data: "user/201")]),
        Transcript("main", [.pressed("4"), .done], [.play("sound"), short("main")]),
        Transcript("main", [.pressed("5")], [bye]),
        Transcript("main", [.pressed("6")], [short("main")]),
        Transcript("main", [.pressed("7")], [bye]),
        // A menu that enters itself begins again; one that is not there ends all.
        Transcript("main", [.pressed("8")], [short("main")]),
        Transcript("main", [.pressed("9")], [bye], .failure),
        // Nothing pressed counts by itself.
        Transcript("main", [.pressed(""), .pressed("")], [short("main"), short("main")]),
        Transcript("main", [.pressed(""), .pressed(""), .pressed("")], [short("main"), short("main"), bye], .timeout),
        // Wrong keys: the sound, the greeting; twice is enough.
        Transcript("main", [.pressed("0"), .done], [.play("wrong"), short("main")]),
        Transcript(
            "main",
            [.pressed("0"), .done, .pressed("99"), .done],
            [.play("wrong"), short("main"), .play("wrong"), bye],
            .failure
        ),
        // A right one takes the wrong ones back.
        Transcript(
            "main",
            [.pressed("0"), .done, .pressed("4"), .done, .pressed("0"), .done],
            [.play("wrong"), short("main"), .play("sound"), short("main"), .play("wrong"), short("main")]
        ),
        // Down, back and to the top: who comes back hears the long greeting.
        Transcript("main", [.pressed("3"), .pressed("*")], [long("sub"), long("main")]),
        Transcript(
            "main",
            [.pressed("3"), .pressed("3"), .pressed("#")],
            [long("sub"), long("deep"), long("main")]
        ),
        // The escape of a menu below runs, then the menu above goes on.
        Transcript(
            "main",
            [.pressed("3"), .pressed("1"), .done],
            [long("sub"), .execute(application: "hangup", data: "USER_BUSY"), long("main")],
            .failure
        ),
        // Where nothing is pressed there is an escape, too.
        Transcript(
            "impatient",
            [.pressed(""), .done],
            [.execute(application: "hangup", data: "NO_ANSWER"), .finish(exitSound: nil)],
            .timeout
        ),
        // All entries that match are done, in their order; the last says how it goes on.
        Transcript(
            "many",
            [.pressed("5"), .done, .done, .done],
            [
                .execute(application: "set", data: "key=5"), .play("sound"), .execute(application: "answer", data: ""),
                long("many"),
            ]
        ),
        Transcript("many", [.pressed("6"), .done], [.play("sound"), long("many")]),
        Transcript("many", [.pressed("7"), .pressed("*"), .done], [long("sub"), .play("after"), long("many")]),
        Transcript("many", [.pressed("7"), .pressed("#"), .done], [long("sub"), .play("after"), long("many")]),
        Transcript("many", [.pressed("8"), .done], [.play("sound"), .finish(exitSound: nil)]),
        Transcript(
            "asking",
            [.pressed("2"), .confirmed(true)],
            [.confirm(menu: "asking", keys: "2"), .execute(application: "answer", data: "")]
        ),
        Transcript(
            "asking",
            [.pressed("2"), .confirmed(false)],
            [.confirm(menu: "asking", keys: "2"), long("asking")]
        ),
        // Where nothing is said of limits, three times are enough.
        Transcript(
            "asking",
            [.pressed(""), .pressed(""), .pressed("")],
            [long("asking"), long("asking"), .finish(exitSound: nil)],
            .timeout
        ),
        // An application that is not there ends the menu, once the other entries are done.
        Transcript(
            "many",
            [.pressed("5"), .missing, .done, .missing],
            [
                .execute(application: "set", data: "key=5"), .play("sound"), .execute(application: "answer", data: ""),
                .finish(exitSound: nil),
            ]
        ),
    ])
    func follows(_ transcript: Transcript) throws {
        var course = try Self.course(from: transcript.menu)
        #expect(course.next(after: .begun) == Self.long(transcript.menu))
        #expect(transcript.events.map { course.next(after: $0) } == transcript.steps)
        #expect(course.status == transcript.status)
    }

    @Test func asksForThePINFirst() throws {
        var course = try Self.course(from: "locked")
        #expect(course.next(after: .begun) == .askPIN(menu: "locked"))
        #expect(course.next(after: .confirmed(true)) == Self.long("locked"))
        course = try Self.course(from: "locked")
        _ = course.next(after: .begun)
        #expect(course.next(after: .confirmed(false)) == .finish(exitSound: nil))
        #expect(course.status == .failure)
    }

    @Test func nestingEnds() throws {
        var course = try Self.course(from: "loop")
        _ = course.next(after: .begun)
        let steps = (0..<MenuCourse.depthLimit).map { _ in course.next(after: .pressed("1")) }
        #expect(steps.last == .finish(exitSound: nil))
        #expect(steps.dropLast().allSatisfy { $0 != .finish(exitSound: nil) })
        #expect(course.status == .failure)
    }
}
