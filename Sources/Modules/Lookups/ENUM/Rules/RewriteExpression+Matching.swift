import Patterns

extension RewriteExpression {
    /// The text as the rule has it; `nil` when the rule is not for it.
    func rewritten(_ text: String) throws(RewriteFault) -> String? {
        let expression: RegularExpression
        do {
            expression = try RegularExpression(pattern: pattern, options: isCaseless ? .caseless : [], isKept: false)
        } catch {
            throw .wrongExpression("\(error)")
        }
        let match: RegularExpressionMatch?
        do {
            match = try expression.firstMatch(in: text)
        } catch {
            throw .tooCostly
        }
        guard let match else { return nil }
        return try substituting(match.captures)
    }
}
