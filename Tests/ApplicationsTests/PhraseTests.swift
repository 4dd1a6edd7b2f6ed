import SwitchCore
import Testing
import XMLConfig

@testable import Applications

/// Phrases: which actions a text leads to, and what they do to a call.
struct PhraseTests {
    private static let macros = """
        <macro name="count"><input pattern="^([0-9]+):(.*)$"><match>
          <action function="play-file" data="you_have.wav"/><action function="say" data="$1" type="number" method="pronounced"/>
          <action function="play-file" data="$2.wav"/></match>
          <nomatch><action function="play-file" data="nothing.wav"/></nomatch></input>
          <input pattern="^1:"><match><action function="play-file" data="one.wav"/></match></input></macro>
        <macro name="first"><input pattern="a" break_on_match="true"><match><action function="play-file" data="a.wav"/></match>
          </input><input pattern="."><match><action function="play-file" data="any.wav"/></match></input></macro>
        <macro name="does"><input pattern="(.*)"><match><action function="execute" data="set(said=$1)"/>
          <action function="execute" application="set" data="also=${said}2"/>
          <action function="phrase" phrase="inner" data="x"/><action function="break"/>
          <action function="execute" data="set(never=1)"/></match></input></macro>
        <macro name="inner"><input pattern="(.*)"><match><action function="execute" data="set(inner=$1)"/></match></input>
          <input pattern="yes" field="${said}"><match><action function="execute" data="set(field=1)"/></match></input></macro>
        <macro name="round"><input pattern=".*"><match><action function="phrase" phrase="round"/></match></input></macro>
        """

    @Test(arguments: [
        ("count", "3:apples", "you_have.wav 3 apples.wav"),
        ("count", "1:apple", "you_have.wav 1 apple.wav one.wav"),
        ("count", "none", "nothing.wav"),
        ("first", "cat", "a.wav"),
        ("first", "dog", "any.wav"),
    ])
    func leadsTo(_ name: String, _ text: String, _ data: String) throws {
        let root = try XMLDocument.parse(Array("<macros>\(Self.macros)</macros>".utf8), named: "macros")
        let macro = try PhraseMacro(try #require(root.firstChild(named: "macro", where: "name", equals: name)))
        var actions: [PhraseMacro.Action] = []
        for input in macro.inputs {
            let outcome = input.outcome(for: text)
            actions += outcome.actions
            if !outcome.goesOn { break }
        }
        #expect(actions.map(\.data).joined(separator: " ") == data)
    }

    @Test(
        arguments: [
            ("does,yes", "said", "yes"),
            ("does,yes", "also", "yes2"),
            ("does,yes", "inner", "x"),
            ("does,yes", "field", "1"),
            ("does,no", "field", nil),
            ("does,yes", "never", nil),
            // What a caller said does not become an expression.
            ("does,${uuid}", "said", "%{uuid}"),
        ] as [(String, String, String?)]
    )
    func does(_ data: String, _ name: String, _ value: String?) throws {
        let escaped = data.replacing("${", with: "\\${")
        let exchange = try TestSwitch(
            Actions.extension("1", [("answer", ""), ("phrase", escaped), ("park", "")]),
            macros: Self.macros
        )
        let call = try exchange.call("1")
        #expect(exchange.variable(name, of: call) == value)
    }

    /// The language of a phrase is the channel's, else the default one, else English.
    @Test(arguments: [
        ("x=y", "en"), ("default_language=de", "de"), ("default_language=de language=en", "en"),
        ("default_language=en language=de", "de"), ("default_language=de-CH", "de"),
    ])
    func hasALanguage(_ settings: String, _ said: String) throws {
        let macro = { (language: String) in
            """
            <macro name="hello"><input pattern=".*"><match><action function="execute" data="set(said=\(language))"/>
            </match></input></macro>
            """
        }
        let second = "</macros></phrases></language><language name=\"de\"><phrases><macros>"
        let exchange = try TestSwitch(
            Actions.extension("1", [("answer", ""), ("multiset", settings), ("phrase", "hello,x"), ("park", "")]),
            macros: macro("en") + second + macro("de")
        )
        #expect(exchange.variable("said", of: try exchange.call("1")) == said)
    }

    /// A phrase within itself, one that is not there and one without a name: the call goes on.
    @Test(arguments: ["round", "nothing", ""])
    func goesOn(_ data: String) throws {
        let exchange = try TestSwitch(
            Actions.extension("1", [("answer", ""), ("phrase", data), ("set", "after=1"), ("park", "")]),
            macros: Self.macros
        )
        #expect(exchange.variable("after", of: try exchange.call("1")) == "1")
    }
}
