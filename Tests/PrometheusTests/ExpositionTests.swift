import SwitchCore
import Testing

@testable import Prometheus

/// The text format.
struct ExpositionTests {
    private static let written: [(MetricFamily, String)] = [
        (
            MetricFamily("sessions", .gauge, "Channels.", count: 3),
            "# HELP tandem_sessions Channels.\n# TYPE tandem_sessions gauge\ntandem_sessions 3\n"
        ),
        (
            MetricFamily("calls", .counter, "Back\\slash and\nline.", [.init(2, [("a", "b"), ("c", "d")])]),
            """
            # HELP tandem_calls_total Back\\\\slash and\\nline.
            # TYPE tandem_calls_total counter
            tandem_calls_total{a="b",c="d"} 2

            """
        ),
        (
            MetricFamily(fullName: "x", .gauge, "X.", [.init(0.5, [("profile", "a\"b\\c\nd")])]),
            "# HELP x X.\n# TYPE x gauge\nx{profile=\"a\\\"b\\\\c\\nd\"} 0.5\n"
        ),
        (MetricFamily("nothing", .gauge, "No value.", nil), ""),
    ]

    @Test(arguments: written.indices) func isWritten(row: Int) throws {
        let (family, text) = Self.written[row]
        #expect(ExpositionText.write([family]) == text)
        _ = try ExpositionGrammar(text)
    }

    @Test(
        arguments: [
            (0, "0"), (-1, "-1"), (0.25, "0.25"), (1e21, "1e+21"), (9_007_199_254_740_991, "9007199254740991"),
            (Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (1e-7, "1e-07"),
        ] as [(Double, String)]
    ) func numbers(value: Double, text: String) {
        #expect(ExpositionText.number(value) == text)
    }

    @Test func familiesOfOneNameAreMerged() throws {
        let merged = MetricFamily.merge([
            MetricFamily("a", .gauge, "A.", [.init(1, [("module", "x")])]), MetricFamily("b", .gauge, "B.", count: 2),
            MetricFamily("a", .gauge, "A.", [.init(3, [("module", "y")])]),
        ])
        let text = try ExpositionGrammar(ExpositionText.write(merged))
        #expect(text.samples == ["tandem_a{module=\"x\"}": 1, "tandem_b": 2, "tandem_a{module=\"y\"}": 3])
    }

    /// The reader of the other tests finds what is wrong.
    @Test(
        arguments: [
            "a 1\n", "# HELP a A.\na 1\n", "# HELP a A.\n# TYPE a counter\na 1\n", "# HELP a A.\n# TYPE a gauge\na 1",
            "# HELP a A.\n# TYPE a gauge\na 1\na 2\n", "# HELP a A.\n# TYPE a gauge\na{b=c} 1\n",
            "# HELP a A.\n# TYPE a gauge\na{b=\"c} 1\n", "# HELP a A.\n# TYPE a gauge\na{b=\"c\",b=\"d\"} 1\n",
            "# HELP a A.\n# TYPE a gauge\na one\n", "# HELP a A.\n# TYPE a gauge\nb 1\n",
            "# HELP a A.\n# TYPE a gauge\n# HELP a A.\n", "# HELP 1a A.\n", "\n", "# HELP a A.\n# TYPE a thing\n",
        ]
    ) func grammarRefuses(text: String) {
        #expect(throws: ExpositionGrammar.Problem.self) { try ExpositionGrammar(text) }
    }
}
