import Testing

/// The command `expr`.
struct ExpressionTests {
    @Test(
        arguments: [
            ("1+1", "2"), ("2+3*4", "14"), ("(2+3)*4", "20"), ("10/4", "2.5"), ("1/3", "0.3333333333"), ("7-10", "-3"),
            ("2^3^2", "64"), ("-2^2", "4"), ("2*-3", "-6"), ("--2", "2"), ("10-4-3", "3"), (" 1 + 1 ; ", "2"),
            ("x=5;x*2", "10"), ("x=5|y=x+1|x*y", "30"), ("x=y=3;x+y", "6"), ("nothing", "0"), ("1e", "!err!"),
            ("abs(-2)", "2"), ("mod(10,3)", "1"), ("ipart(-2.7)", "-2"), ("fpart(2.75)", "0.75"),
            ("min(3,1,2)", "1"), ("max(3,1,2)", "3"), ("pow(2,10)", "1024"), ("sqrt(9)", "3"), ("ceil(1.2)", "2"),
            ("floor(-1.2)", "-2"), ("avg(1,2,3)", "2"), ("log(1000)", "3"), ("ln(M_E)", "1"), ("logn(8,2)", "3"),
            ("deg(M_PI)", "180"), ("sin(0)", "0"), ("if(1,2,3)", "2"), ("if(0,1/0,3)", "3"), ("select(-1,1,2,3)", "1"),
            ("select(0,1,2,3)", "2"), ("select(5,1,2)", "2"), ("equal(1,1)", "1"), ("above(1,2)", "0"),
            ("below(1,2)", "1"), ("and(1,0)", "0"), ("or(1,0)", "1"), ("not(0)", "1"), ("land(0,1/0)", "0"),
            ("lor(1,1/0)", "1"), ("clip(9,1,5)", "5"), ("clamp(12,0,10)", "2"), ("pntchange(0,10,0,100,5)", "50"),
            ("poly(2,1,0,1)", "5"), ("many(1,2,3)", "3"), ("for(x=0,below(x,5),x=x+1,y=y+x);y", "10"),
            ("1+1 # two", "2"), ("", "!err!"), ("1+", "!err!"), ("(1", "!err!"), ("1 1", "!err!"), ("1/0", "!err!"),
            ("mod(1,0)", "!err!"), ("sqrt(-1)", "!err!"), ("10^400", "!err!"), ("sin()", "!err!"),
            ("dance(1)", "!err!"),
            ("M_PI=3", "!err!"), ("$", "!err!"), ("1.2.3", "!err!"), ("for(x=0,1,x=x,x)", "!err!"),
            ("rand(&s)", "0.001159668"), ("s=1;rand(&s);s", "2745024"), ("rand(&s)+rand(&s)*0", "0.001159668"),
            ("random(&s,3,3)", "3"), ("r=random(&s,1,6);and(not(below(r,1)),not(above(r,6)))", "1"),
            ("randomize(&s);above(s,0)", "1"), ("randomize(&s);a=s;randomize(&s);equal(a,s)", "0"),
            ("rand()", "!err!"), ("rand(s)", "!err!"), ("rand(&M_PI)", "!err!"), ("random(&s)", "!err!"),
            ("random(&s,1,2,3)", "!err!"), ("&s", "!err!"), ("rand(&s", "!err!"),
            ("10^300-10^300", "0"), ("0-0", "0"), ("100", "100"), ("0.1+0.2", "0.3"),
        ]
    )
    func computes(_ expression: String, _ value: String) throws {
        #expect(try TestSwitch.answer("expr \(expression)") == value)
    }

    /// What is too deep or too long is refused, and does not end the program.
    @Test(arguments: [
        String(repeating: "(", count: 1000), String(repeating: "-", count: 3000) + "1",
        "x=" + String(repeating: "x=", count: 500),
        String(repeating: "abs(", count: 500), String(repeating: "1+", count: 4000) + "1",
    ])
    func refuses(_ expression: String) throws {
        #expect(try TestSwitch.answer("expr \(expression)") == "!err!")
    }

    @Test func isThereForDialplans() throws {
        let call = try CallerFixture(["set a=4", "set b=${expr(${a}*2+1)}", "park"])
        #expect(call.variable("b") == "9")
    }
}
