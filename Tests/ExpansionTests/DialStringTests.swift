import SwitchCore
import Testing

struct DialStringTests {
    /// A compact picture: `<>` and `{}` variables, legs with theirs; `,` `|` and `&` (enterprise) between them.
    private func picture(_ dial: DialString) -> String {
        func list(_ variables: [DialVariable]) -> String {
            variables.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
        }
        let groups = dial.groups.map { group in
            let alternatives = group.alternatives.map { legs in
                legs.map { leg in
                    (leg.variables.isEmpty ? "" : "[\(list(leg.variables))]") + "\(leg.endpoint)→\(leg.destination)"
                }.joined(separator: " , ")
            }
            return (group.variables.isEmpty ? "" : "{\(list(group.variables))}") + alternatives.joined(separator: " | ")
        }
        return (dial.variables.isEmpty ? "" : "<\(list(dial.variables))>") + groups.joined(separator: " & ")
    }

    @Test(arguments: [
        ("user/1000", "user→1000"),
        ("sofia/internal/1000@h;transport=tcp", "sofia→internal/1000@h;transport=tcp"),
        ("user/1000,user/1001|user/1002", "user→1000 , user→1001 | user→1002"),
        (" user/1000 , user/1001 ", "user→1000 , user→1001"),
        ("{a=1,b=2}user/1000", "{a=1;b=2}user→1000"),
        ("{a=1}{b=2} {a=3}user/1000", "{a=3;b=2}user→1000"),
        ("[a=1][b=2]user/1000,[c=3]user/1001", "[a=1;b=2]user→1000 , [c=3]user→1001"),
        ("{x=y}[a=1]user/1,[b=2]user/2|[c=3]user/3", "{x=y}[a=1]user→1 , [b=2]user→2 | [c=3]user→3"),
        ("<g=1>{a=1}user/1:_:{b=2}user/2,user/3", "<g=1>{a=1}user→1 & {b=2}user→2 , user→3"),
        ("<g=1>user/1", "<g=1>user→1"),
        // Separators and quotes in values.
        ("{^^:a=b,c:d=e|f}user/1", "{a=b,c;d=e|f}user→1"),
        ("[^^;codecs=PCMU,PCMA;x=1]user/1,user/2", "[codecs=PCMU,PCMA;x=1]user→1 , user→2"),
        ("{name='Doe, John',n=2}user/1", "{name=Doe, John;n=2}user→1"),
        ("{a='it\\'s'}user/1", "{a=it's}user→1"),
        ("{a=1\\,2,b= x }user/1", "{a=1,2;b=x}user→1"),
        ("{a=b=c,d=,e}user/1", "{a=b=c;d=}user→1"),
        ("{a={x},b=<y>}user/1", "{a={x};b=<y>}user→1"),
        ("[v=[a|b]]user/1,user/2", "[v=[a|b]]user→1 , user→2"),
        ("{a=it's}user/1", "{a=it's}user→1"),
        ("{a='x:_:y'}user/1:_:user/2", "{a=x:_:y}user→1 & user→2"),
        // Quotes and escapes in the leg itself, IPv6, loops of separators.
        ("loopback/app='playback:a,b',user/2", "loopback→app=playback:a,b , user→2"),
        ("user/a\\,b", "user→a,b"),
        ("sofia/internal/1000@[2001:db8::1]:5060", "sofia→internal/1000@[2001:db8::1]:5060"),
        ("user/1,,user/2|,|user/3,", "user→1 , user→2 | user→3"),
        ("sofia/x/o'brien@h", "sofia→x/o'brien@h"),
        ("error/USER_BUSY", "error→USER_BUSY"),
        ("nonsense", "nonsense→"),
        (":_:user/1:_:", "user→1"),
    ])
    func table(_ text: String, _ expected: String) throws {
        #expect(picture(try DialString(parsing: text)) == expected)
    }

    @Test(arguments: [
        ("", DialStringError.Kind.empty, 0), ("   ", .empty, 3), (",|,", .empty, 3), ("{a=b}", .empty, 5),
        ("{a=b", .unclosedBracket, 0), ("user/1,[a=b", .unclosedBracket, 7), ("<a{b>", .empty, 5),
        (String(repeating: "user/1,", count: 129), .tooManyLegs, 128 * 7),
        (String(repeating: "user/1:_:", count: 65), .tooManyGroups, 64 * 9),
        (String(repeating: "{a=1}", count: 65) + "user/1", .tooManyVariables, 64 * 5),
        (String(repeating: "x", count: DialString.maximumLength + 1), .tooLong, DialString.maximumLength),
        (String(repeating: "[", count: 60_000), .unclosedBracket, 0),
    ])
    func errors(_ text: String, _ kind: DialStringError.Kind, _ offset: Int) {
        let error = #expect(throws: DialStringError.self) { try DialString(parsing: text) }
        #expect(error?.kind == kind)
        #expect(error?.offset == offset)
    }

    @Test func legsAreCountedPerGroup() throws {
        let group = String(repeating: "user/1,", count: 128)
        #expect(try DialString(parsing: group + ":_:" + group).groups.map { $0.alternatives[0].count } == [128, 128])
        let legs = try DialString(parsing: "{a=b}user/1,[c=d]user/2").groups[0].alternatives[0]
        #expect(legs.map(\.offset) == [5, 12])
    }

    @Test(arguments: [
        // Group wins over leg …
        ("{a=group}[a=leg,b=leg]user/1", "a=group b=leg"),
        ("{a=group}[A=leg]user/1", "a=group"),
        // … unless the leg may clobber …
        ("{local_var_clobber=true,a=group}[a=leg]user/1", "local_var_clobber=true a=leg"),
        ("{a=group}[local_var_clobber=true,a=leg]user/1", "a=leg local_var_clobber=true"),
        ("{local_var_clobber=false,a=group}[a=leg]user/1", "local_var_clobber=false a=group"),
        // … and identity is the leg's own.
        (
            "{origination_caller_id_name=g,x=g}[origination_caller_id_name=l,x=l]user/1",
            "origination_caller_id_name=l x=g"
        ),
        ("<a=all,b=all>{b=group}[c=leg]user/1", "a=all b=group c=leg"),
    ])
    func merging(_ text: String, _ expected: String) throws {
        let dial = try DialString(parsing: text)
        let group = dial.groups[0]
        let merged = dial.variables(of: group.alternatives[0][0], in: group)
        #expect(merged.map { "\($0.name)=\($0.value)" }.joined(separator: " ") == expected)
    }

    @Test(arguments: [
        ("%[a=b,c=d]rest", "a=b c=d", "rest"), ("%~[a=b,x~c=d]rest", "a=b,x c=d", "rest"), ("plain", "", "plain"),
        ("%", "", "%"), ("%[open", "", "%[open"), ("%5", "", "%5"), ("%[]x", "", "x"), ("%~x", "", "%~x"),
    ])
    func scopeVariables(_ data: String, _ variables: String, _ rest: String) {
        let split = ScopeVariables.split(data)
        #expect(split.variables.map { "\($0.name)=\($0.value)" }.joined(separator: " ") == variables)
        #expect(split.data == rest)
    }

    @Test(arguments: [
        ("answer,sleep:1000,playback:a:b", "answer() sleep(1000) playback(a:b)"),
        ("m:^:playback:a,b^hangup", "playback(a,b) hangup()"), ("", ""), ("m:", "m()"),
        ("'playback:a,b',hangup", "playback(a,b) hangup()"),
    ])
    func inlineDialplan(_ text: String, _ expected: String) {
        let actions = InlineDialplan.actions(of: text)
        #expect(actions.map { "\($0.application)(\($0.data))" }.joined(separator: " ") == expected)
    }

    @Test func dialplanReferences() {
        let list = DialplanReference.list(of: "XML, inline , XML:/etc/x.xml")
        #expect(list.map(\.engine) == ["XML", "inline", "XML"])
        #expect(list.map(\.argument) == [nil, nil, "/etc/x.xml"])
        #expect(DialplanReference.list(of: String(repeating: "XML,", count: 40)).count <= 25)
    }
}
