import Base

/// An arithmetic expression as `expr` knows them: statements that end with `;`, whose last one is the value.
///
/// What binds tightest comes first: signs, `^`, `*` and `/`, `+` and `-`, and an assignment, which is one to the right.
/// All operators but signs group from the left, `^` too. A variable that nobody has set is 0.
package struct Arithmetic {
    /// Why a text has no value.
    package enum Failure: Error {
        /// It cannot be read.
        case syntax
        /// It has no value: a division by zero, the root of a negative number.
        case undefined
        /// It is too long, too deep, or takes too long.
        case limit
    }

    indirect enum Node {
        case number(Double)
        case variable(String)
        case assignment(String, Node)
        case negation(Node)
        case operation(UInt8, Node, Node)
        case call(ArithmeticFunction, [Node])
        /// A random number, whose seed is in the variable.
        case draw(ArithmeticDraw, seed: String, [Node])
    }

    static let lengthLimit = 4096
    static let depthLimit = 64
    /// How many nodes are evaluated at most, loops included.
    static let stepLimit = 100_000

    private var tokens: ArraySlice<ArithmeticToken>
    private var depth = 0

    private init(_ tokens: [ArithmeticToken]) {
        self.tokens = tokens[...]
    }

    /// The value of a text.
    package static func value(of text: String) throws(Failure) -> Double {
        guard text.utf8.count <= lengthLimit else { throw .limit }
        // Where a semicolon means something else, a bar is written in its place.
        var parser = Arithmetic(try ArithmeticToken.all(of: text.replacing("|", with: ";")))
        let statements = try parser.statements()
        var evaluation = ArithmeticEvaluation()
        var value: Double?
        for statement in statements { value = try evaluation.value(of: statement) }
        guard let value else { throw .syntax }
        return value
    }

    // MARK: - Reading

    private mutating func statements() throws(Failure) -> [Node] {
        var statements: [Node] = []
        while !tokens.isEmpty {
            statements.append(try statement())
            guard tokens.isEmpty || take(";") else { throw .syntax }
        }
        return statements
    }

    private mutating func statement() throws(Failure) -> Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw .limit }
        if case .name(let name)? = tokens.first, tokens.dropFirst().first == .symbol(UInt8(ascii: "=")) {
            guard ArithmeticFunction.constants[name] == nil else { throw .syntax }
            tokens = tokens.dropFirst(2)
            return .assignment(name, try statement())
        }
        return try operations(on: Self.levels)
    }

    /// The operators, the loosest first.
    private static let levels = [["+", "-"], ["*", "/"], ["^"]] as [[Unicode.Scalar]]

    private mutating func operations(on levels: [[Unicode.Scalar]]) throws(Failure) -> Node {
        guard let level = levels.first else { return try signed() }
        let rest = Array(levels.dropFirst())
        var left = try operations(on: rest)
        while let symbol = level.first(where: { tokens.first == .symbol(UInt8(ascii: $0)) }) {
            tokens.removeFirst()
            left = .operation(UInt8(ascii: symbol), left, try operations(on: rest))
        }
        return left
    }

    private mutating func signed() throws(Failure) -> Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw .limit }
        if take("-") { return .negation(try signed()) }
        if take("+") { return try signed() }
        switch tokens.popFirst() {
        case .number(let number)?: return .number(number)
        case .name(let name)?: return try named(name)
        case .symbol(UInt8(ascii: "("))?:
            let node = try statement()
            guard take(")") else { throw .syntax }
            return node
        case .symbol?, nil: throw .syntax
        }
    }

    private mutating func named(_ name: String) throws(Failure) -> Node {
        guard take("(") else { return ArithmeticFunction.constants[name].map { .number($0) } ?? .variable(name) }
        if let draw = ArithmeticDraw(rawValue: name) { return try drawn(draw) }
        var arguments: [Node] = []
        if !take(")") {
            repeat { arguments.append(try statement()) } while take(",")
            guard take(")") else { throw .syntax }
        }
        guard let function = ArithmeticFunction.all[name], function.takes(arguments.count) else { throw .syntax }
        return .call(function, arguments)
    }

    /// What stands in the brackets of a random number: a variable behind `&`, and the range.
    private mutating func drawn(_ draw: ArithmeticDraw) throws(Failure) -> Node {
        guard take("&"), case .name(let seed)? = tokens.popFirst(), ArithmeticFunction.constants[seed] == nil
        else { throw .syntax }
        var arguments: [Node] = []
        while take(",") { arguments.append(try statement()) }
        guard take(")"), arguments.count == draw.argumentCount else { throw .syntax }
        return .draw(draw, seed: seed, arguments)
    }

    private mutating func take(_ symbol: Unicode.Scalar) -> Bool {
        guard tokens.first == .symbol(UInt8(ascii: symbol)) else { return false }
        tokens.removeFirst()
        return true
    }
}

/// The evaluation of one text, whose statements share variables.
struct ArithmeticEvaluation {
    private var variables: [String: Double] = [:]
    private var steps = 0

    mutating func value(of node: Arithmetic.Node) throws(Arithmetic.Failure) -> Double {
        steps += 1
        guard steps <= Arithmetic.stepLimit else { throw .limit }
        let value: Double
        switch node {
        case .number(let number): value = number
        case .variable(let name): value = variables[name] ?? 0
        case .assignment(let name, let node):
            value = try self.value(of: node)
            variables[name] = value
        case .negation(let node): value = try -self.value(of: node)
        case .operation(let symbol, let left, let right):
            value = Self.apply(symbol, try self.value(of: left), try self.value(of: right))
        case .call(let function, let arguments): value = try call(function, arguments)
        case .draw(let draw, let seed, let arguments):
            var range: [Double] = []
            for argument in arguments { range.append(try self.value(of: argument)) }
            value = draw.next(&variables[seed, default: 0], in: range)
        }
        guard value.isFinite else { throw .undefined }
        return value
    }

    private static func apply(_ symbol: UInt8, _ left: Double, _ right: Double) -> Double {
        switch symbol {
        case UInt8(ascii: "+"): left + right
        case UInt8(ascii: "-"): left - right
        case UInt8(ascii: "*"): left * right
        case UInt8(ascii: "/"): right == 0 ? .nan : left / right
        default: ArithmeticFunction.power(left, right)
        }
    }

    private mutating func call(
        _ function: ArithmeticFunction,
        _ arguments: [Arithmetic.Node]
    ) throws(Arithmetic.Failure) -> Double {
        switch function.kind {
        case .plain(let body):
            var values: [Double] = []
            for argument in arguments { values.append(try value(of: argument)) }
            return body(values)
        case .choice:
            return try value(of: arguments[value(of: arguments[0]) != 0 ? 1 : 2])
        case .sign:
            let sign = try value(of: arguments[0])
            return try value(of: arguments[sign < 0 ? 1 : sign == 0 ? 2 : arguments.count - 1])
        case .both, .either:
            let first = try value(of: arguments[0]) != 0
            if first == function.isDecidedByTrue { return first ? 1 : 0 }
            return try value(of: arguments[1]) != 0 ? 1 : 0
        case .loop:
            var last = 0.0
            _ = try value(of: arguments[0])
            while try value(of: arguments[1]) != 0 {
                for body in arguments.dropFirst(3) { last = try value(of: body) }
                _ = try value(of: arguments[2])
            }
            return last
        }
    }
}
