import SwitchCore
import Testing

/// Events as bytes, in each form.
struct EncodingTests {
    private static func event(_ value: String, body: String? = nil) -> Event {
        var event = Event(.custom)
        event.add("A", value)
        event.body = body
        return event
    }

    @Test(
        arguments: [
            ("plain", "plain"), ("", "_undef_"), ("a b", "a%20b"), ("sip:1@x;p=1", "sip%3A1%40x%3Bp%3D1"),
            ("/,()-._~!$'*", "/,()-._~!$'*"),
            ("\"#%&+:;<=>?@[\\]^`{|}", "%22%23%25%26%2B%3A%3B%3C%3D%3E%3F%40%5B%5C%5D%5E%60%7B%7C%7D"),
            ("é\r\n\u{7F}", "%C3%A9%0D%0A%7F"),
        ]
    )
    func plain(_ value: String, _ encoded: String) {
        #expect(String(decoding: EventFormat.plain.encode(Self.event(value)), as: UTF8.self) == "A: \(encoded)\n\n")
    }

    /// No name can begin another line.
    @Test(arguments: [("a\r\nB: c", "a__B: c"), ("a\u{0}\u{7F}", "a__"), ("é b", "é b")])
    func plainName(_ name: String, _ written: String) {
        var event = Event(.custom)
        event.add(name, "x")
        #expect(String(decoding: EventFormat.plain.encode(event), as: UTF8.self) == "\(written): x\n\n")
    }

    @Test func plainBodyFollowsItsLength() {
        let text = String(decoding: EventFormat.plain.encode(Self.event("x", body: "é\n")), as: UTF8.self)
        #expect(text == "A: x\nContent-Length: 3\n\né\n")
    }

    @Test(
        arguments: [
            ("a\"b\\c\n\t\u{01}", "\"a\\\"b\\\\c\\n\\t\\u0001\""), ("", "\"\""), ("é", "\"é\""),
            ("ARRAY::a|:b c|:\"", "[\"a\",\"b c\",\"\\\"\"]"),
        ]
    )
    func json(_ value: String, _ encoded: String) {
        #expect(String(decoding: EventFormat.json.encode(Self.event(value)), as: UTF8.self) == "{\"A\":\(encoded)}")
    }

    /// What grows most when it is written still has room.
    @Test(
        arguments: ["", "\u{01}", "\"", "&", "é", "ARRAY::", "ARRAY::|:|:|:|:|:", "ARRAY::\u{01}|:\""],
        EventFormat.allCases
    )
    func worstCases(_ text: String, _ format: EventFormat) {
        for count in [0, 1, 7, 500] {
            var event = Event(.custom)
            let long = text + String(repeating: text.hasPrefix("ARRAY") ? "|:" : text, count: count)
            for _ in 0..<count { event.add(text, long) }
            event.add(long, text)
            event.body = long
            #expect(format.encode(event).count > long.utf8.count)
        }
    }

    @Test func jsonBody() {
        let text = String(decoding: EventFormat.json.encode(Self.event("x", body: "b")), as: UTF8.self)
        #expect(text == "{\"A\":\"x\",\"Content-Length\":\"1\",\"_body\":\"b\"}")
    }

    /// An array of thousands of nothings does not become thousands of names.
    @Test func longArraysOfNothing() {
        var event = Event(.custom)
        event.add(String(repeating: "n", count: 1000), "ARRAY::" + String(repeating: "|:", count: 4000))
        #expect(EventFormat.xml.encode(event).count < 100_000)
    }

    @Test func xml() {
        var event = Self.event("<a&b>", body: "<&>\u{01}")
        event.add("1 bad/name", "x")
        event.add("L", "ARRAY::a b|:c")
        #expect(
            String(decoding: EventFormat.xml.encode(event), as: UTF8.self) == """
                <event>
                  <headers>
                    <A>%3Ca%26b%3E</A>
                    <_1_bad_name>x</_1_bad_name>
                    <L>a%20b</L>
                    <L>c</L>
                  </headers>
                  <Content-Length>4</Content-Length>
                  <body>&lt;&amp;&gt; </body>
                </event>

                """
        )
    }
}
