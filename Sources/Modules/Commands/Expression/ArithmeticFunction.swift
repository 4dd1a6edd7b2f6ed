import Glibc

/// A function of arithmetic expressions.
struct ArithmeticFunction: Sendable {
    enum Kind: Sendable {
        /// Of the values of all arguments.
        case plain(@Sendable ([Double]) -> Double)
        /// `if(condition, then, else)`.
        case choice
        /// `select(value, below zero, zero, above)`.
        case sign
        /// `land` and `lor`, which leave the second out where the first decides.
        case both, either
        /// `for(beginning, condition, step, body…)`.
        case loop
    }

    let kind: Kind
    private let counts: ClosedRange<Int>

    /// Whether a true first argument makes the second needless.
    var isDecidedByTrue: Bool { if case .either = kind { true } else { false } }

    /// Whether it has so many arguments.
    func takes(_ count: Int) -> Bool { counts.contains(count) }

    static let constants: [String: Double] = [
        "M_E": M_E, "M_LOG2E": M_LOG2E, "M_LOG10E": M_LOG10E, "M_LN2": M_LN2, "M_LN10": M_LN10, "M_PI": .pi,
        "M_PI_2": .pi / 2, "M_PI_4": .pi / 4, "M_1_PI": 1 / .pi, "M_2_PI": 2 / .pi,
        "M_1_SQRTPI": 1 / Double.pi.squareRoot(), "M_2_SQRTPI": 2 / Double.pi.squareRoot(),
        "M_SQRT2": 2.0.squareRoot(), "M_1_SQRT2": 1 / 2.0.squareRoot(),
    ]

    static let all: [String: ArithmeticFunction] = [
        "if": .init(kind: .choice, counts: 3...3), "select": .init(kind: .sign, counts: 3...4),
        "land": .init(kind: .both, counts: 2...2), "lor": .init(kind: .either, counts: 2...2),
        "for": .init(kind: .loop, counts: 4...many),
    ].merging(ofOne) { $1 }.merging(ofTwo) { $1 }.merging(ofSeveral) { $1 }

    static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

    private static let many = 256

    private static let ofOne = [
        "abs": one { abs($0) }, "ipart": one { $0.rounded(.towardZero) },
        "fpart": one { $0 - $0.rounded(.towardZero) }, "sqrt": one { $0.squareRoot() },
        "sin": one { sin($0) }, "sinh": one { sinh($0) }, "asin": one { asin($0) }, "cos": one { cos($0) },
        "cosh": one { cosh($0) }, "acos": one { acos($0) }, "tan": one { tan($0) }, "tanh": one { tanh($0) },
        "atan": one { atan($0) }, "log": one { log10($0) }, "pow10": one { pow(10, $0) }, "ln": one { log($0) },
        "exp": one { exp($0) }, "ceil": one { $0.rounded(.up) }, "floor": one { $0.rounded(.down) },
        "deg": one { $0 * 180 / .pi }, "rad": one { $0 * .pi / 180 }, "not": one { $0 == 0 ? 1 : 0 },
    ]

    private static let ofTwo = [
        "mod": two { $1 == 0 ? .nan : $0.truncatingRemainder(dividingBy: $1) }, "pow": two { pow($0, $1) },
        "atan2": two { atan2($0, $1) }, "logn": two { log($0) / log($1) },
        "recttopolr": two { hypot($0, $1) }, "recttopola": two { angle(atan2($1, $0)) },
        "poltorectx": two { $0 * cos($1) }, "poltorecty": two { $0 * sin($1) },
        "equal": two { $0 == $1 ? 1 : 0 }, "above": two { $0 > $1 ? 1 : 0 }, "below": two { $0 < $1 ? 1 : 0 },
        "and": two { $0 != 0 && $1 != 0 ? 1 : 0 }, "or": two { $0 != 0 || $1 != 0 ? 1 : 0 },
    ]

    private static let ofSeveral = [
        "min": several(1...many) { $0.min() ?? 0 }, "max": several(1...many) { $0.max() ?? 0 },
        "avg": several(1...many) { $0.reduce(0, +) / Double($0.count) },
        "many": several(1...many) { $0.last ?? 0 },
        "clip": several(3...3) { min(max($0[0], $0[1]), $0[2]) },
        "clamp": several(3...3) { values in
            let rest = (values[0] - values[1]).truncatingRemainder(dividingBy: values[2] - values[1])
            return rest < 0 ? rest + values[2] : rest + values[1]
        },
        "pntchange": several(5...5) { values in
            let width = values[1] - values[0]
            return width == 0 ? values[0] : values[2] + (values[4] - values[0]) / width * (values[3] - values[2])
        },
        // The coefficients, that of the highest power first.
        "poly": several(2...many) { values in values.dropFirst().reduce(0) { $0 * values[0] + $1 } },
    ]

    private static func angle(_ radians: Double) -> Double { radians < 0 ? radians + 2 * .pi : radians }

    private static func one(_ body: @escaping @Sendable (Double) -> Double) -> ArithmeticFunction {
        several(1...1) { body($0[0]) }
    }

    private static func two(_ body: @escaping @Sendable (Double, Double) -> Double) -> ArithmeticFunction {
        several(2...2) { body($0[0], $0[1]) }
    }

    private static func several(
        _ counts: ClosedRange<Int>,
        _ body: @escaping @Sendable ([Double]) -> Double
    ) -> ArithmeticFunction {
        ArithmeticFunction(kind: .plain(body), counts: counts)
    }
}
