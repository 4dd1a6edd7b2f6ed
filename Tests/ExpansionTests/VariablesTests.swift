import SwitchCore
import Testing

struct VariablesTests {
    @Test func namesIgnoreCaseAndKeepTheirOrder() {
        var variables = Variables()
        #expect(variables.set("First", "1") == .stored)
        #expect(variables.set("second", "2") == .stored)
        #expect(variables.set("FIRST", "3") == .stored)
        #expect(variables.map(\.name) == ["First", "second"])
        #expect(variables.map(\.value) == ["3", "2"])
        #expect(variables["first"] == "3")
        #expect(variables.set("first", "") == .removed)
        #expect(variables["First"] == nil)
        #expect(variables.set("second", nil) == .removed)
        #expect(variables.isEmpty)
    }

    @Test func copiesAreIndependent() {
        var variables = Variables()
        variables.set("a", "1")
        let copy = variables
        variables.set("a", "2")
        #expect(copy["a"] == "1")
        #expect(variables != copy)
        var merged = copy
        merged.merge(variables)
        #expect(merged == variables)
    }

    @Test func expressionsAreRefused() {
        var variables = Variables()
        variables.set("name", "old")
        #expect(variables.set("name", "x${system(reboot)}") == .refusedExpansion)
        #expect(variables.set("name", "$${password}") == .refusedExpansion)
        #expect(variables["name"] == "old")
        #expect(variables.set("name", "costs $5 {net}") == .stored)
        #expect(variables.setUnchecked("name", "${other}") == .stored)
        #expect(variables["name"] == "${other}")
        #expect(Template.neutralized("a${b}$${c}") == "a%{b}$%{c}")
        variables.setCaptures("DP_MATCH", ["${x}", "b"])
        #expect(variables["dp_match"] == "ARRAY::%{x}|:b")
        variables.setCaptures("DP_MATCH", [])
        #expect(variables["dp_match"] == nil)
    }

    @Test func arrays() {
        var variables = Variables()
        #expect(variables.push("list", "b") == .stored)
        #expect(variables["list"] == "b")
        variables.push("list", "c")
        variables.unshift("list", "a")
        #expect(variables["list"] == "ARRAY::a|:b|:c")
        #expect((0..<4).map { variables.element($0, of: "LIST") } == ["a", "b", "c", nil])
        #expect(variables.element(-1, of: "list") == nil)
        #expect(variables.set("list[1]", "B") == .stored)
        #expect(variables.set("list[4]", "e") == .stored)
        #expect(variables["list"] == "ARRAY::a|:B|:c|:|:e")
        #expect(variables.set("new[0]", "only") == .stored)
        #expect(variables["new"] == "only")
        #expect(variables.set("new[4000]", "far") == .stored)
        #expect(variables.element(4000, of: "new") == "far")
        #expect(variables.set("new[4001]", "farther") == .refusedLimit)
        #expect(variables.set("new[-1]", "before") == .refusedLimit)
        #expect(variables.set("new[99999999999999999999]", "x") == .refusedLimit)
        #expect(VariableArray.elements(of: "ARRAY::a|b|:|:") == ["a|b", "", ""])
        #expect(VariableArray.elements(of: "ARRAY::") == [""])
        #expect(VariableArray.elements(of: "plain|:x") == ["plain|:x"])
    }

    @Test func limits() {
        var variables = Variables()
        for number in 0..<Variables.maximumCount { variables.set("v\(number)", "x") }
        #expect(variables.set("one_more", "x") == .refusedLimit)
        #expect(variables.set("V7", "y") == .stored)
        #expect(variables.count == Variables.maximumCount)
        variables.removeAll()
        #expect(variables.set(String(repeating: "n", count: Variables.maximumNameLength + 1), "x") == .refusedLimit)
        #expect(variables.set("", "x") == .refusedLimit)
    }
}
