internal import Base
import Patterns
internal import SwitchCore

/// One walk of a call through a context.
///
/// Each extension evaluates its conditions in order and keeps a flag, *proceed*: whether the extension counts as
/// matched. The flag is not the same as "the last condition passed", and actions of a passing condition stay even when
/// the extension fails later; both are FreeSWITCH's behaviour, on which dialplans rely.
struct Hunt<Subject: DialplanSubject> {
    let context: CompiledContext
    let subject: Subject
    let isTraced: Bool
    private let scratch = MatchScratch()
    /// The profile fields that were asked for, by slot; forgotten when something ran that could change them.
    private var fields: [String?]
    private var time: BrokenDownTime?
    private var route: DialplanRoute?
    /// Whether the call had ended when something was last waited for.
    private var isOver = false
    private var actionCount = 0

    /// The most applications that one hunt collects.
    static var maximumActions: Int { 10_000 }

    init(context: CompiledContext, subject: Subject) {
        self.context = context
        self.subject = subject
        isTraced = subject.tracesHunt
        fields = Array(repeating: nil, count: context.fieldNames.count)
    }

    mutating func run() async -> DialplanRoute? {
        let isAutoHunting = subject.variable("auto_hunt")?.isTrueSetting ?? false
        let destination = isAutoHunting ? subject.profileField("destination_number") : nil
        let extensions = context.extensions
        for position in extensions.indices.dropFirst(context.startIndex(autoHuntingFor: destination)) {
            if isOver { return nil }
            if !isTraced, let gate = extensions[position].gate, !passes(gate) { continue }
            let candidate = extensions[position]
            if isTraced { subject.trace(.tryingExtension(name: candidate.name, continues: candidate.continues)) }
            if await isMatched(candidate.conditions, of: candidate.name), !candidate.continues { break }
        }
        return route
    }

    /// Evaluates conditions in order; the result is the proceed flag.
    mutating func isMatched(_ conditions: [CompiledCondition], of name: String) async -> Bool {
        var proceeds = false
        for condition in conditions {
            if isOver { return false }
            let outcome = await evaluate(condition, of: name, proceeds: &proceeds)
            if isOver { return false }
            if outcome.passed {
                if outcome.substitutes { subject.setCaptures("DP_MATCH", outcome.captures) }
                for action in condition.actions {
                    let data = outcome.substitutes ? action.data.substituting(outcome.captures) : action.data.source
                    await add(action, data: data, isFilled: outcome.substitutes, of: name, isAnti: false)
                }
            } else if !condition.antiActions.isEmpty {
                for action in condition.antiActions {
                    await add(action, data: action.data.source, of: name, isAnti: true)
                }
                proceeds = true
            }
            if condition.breakRule.ends(afterPassing: outcome.passed) { break }
            guard proceeds, !condition.nested.isEmpty else { continue }
            let isNestedMatched = await isMatched(condition.nested, of: name)
            proceeds = isNestedMatched || !condition.requiresNested
            if !proceeds, condition.breakRule != .never { break }
        }
        return proceeds
    }

    private mutating func add(
        _ action: CompiledAction,
        data: String,
        isFilled: Bool = false,
        of name: String,
        isAnti: Bool
    ) async {
        if route == nil { route = DialplanRoute(extensionName: name, actions: []) }
        var resolved = DialplanAction(application: action.application, data: data)
        resolved.hasForbiddenCaptures =
            isFilled && action.data.hasCaptures && !subject.takesCaptures(action.application)
        for _ in 0..<max(action.count, 0) {
            guard actionCount < Self.maximumActions else { return }
            actionCount += 1
            if isTraced {
                subject.trace(.action(extensionName: name, resolved, isAnti: isAnti, isInline: action.isInline))
            }
            if action.isInline {
                await subject.executeInline(resolved)
                noteWait()
                if isOver { return }
            } else if !DialplanAction.isRefused(data) {
                route?.actions.append(resolved)
            }
        }
    }
}

// MARK: - Tests

extension Hunt {
    /// What evaluating a condition gave.
    private struct Outcome {
        var passed: Bool
        /// Whether the deciding expression has parentheses, so that `$1` in actions means something.
        var substitutes = false
        var captures: [String] = []
    }

    private struct TestResult {
        var passed: Bool
        var hasParentheses: Bool
        var captures: [String]
    }

    private mutating func evaluate(
        _ condition: CompiledCondition,
        of name: String,
        proceeds: inout Bool
    ) async -> Outcome {
        var outcome = Outcome(passed: false)
        if let time = condition.time {
            proceeds = matches(time, of: name)
            outcome.passed = proceeds
        }
        switch condition.rule {
        case .none:
            if condition.time == nil {
                if isTraced { subject.trace(.absolute(extensionName: name)) }
                proceeds = true
                outcome.passed = true
            }
        case .field(let test):
            let result = await evaluate(test, of: name)
            proceeds = result.passed
            if result.passed { outcome.passed = true }
            outcome.substitutes = result.hasParentheses
            outcome.captures = result.captures
        case .regexes(let combination, let children):
            let rule = await evaluate(children, combination, of: name, proceeds: &proceeds)
            if rule.passed { outcome.passed = true }
            outcome.substitutes = rule.substitutes
            outcome.captures = rule.captures
        }
        return outcome
    }

    private mutating func evaluate(
        _ children: [RegexChild],
        _ combination: CompiledCondition.Combination,
        of name: String,
        proceeds: inout Bool
    ) async -> Outcome {
        var outcome = Outcome(passed: false)
        var passCount = 0
        var failCount = 0
        /// The flag as the last child with parentheses left it; it wins over that of later children.
        var capturingProceeds: Bool?
        for (index, child) in children.enumerated() {
            if let test = child.test {
                let result = await evaluate(test, of: name)
                proceeds = result.passed
                if result.hasParentheses {
                    subject.setCaptures("DP_REGEX_MATCH_\(index + 1)", result.captures)
                    outcome.substitutes = true
                    outcome.captures = result.captures
                    capturingProceeds = result.passed
                }
            } else {
                proceeds = child.time.map { matches($0, of: name) } ?? true
            }
            if proceeds { passCount += 1 } else { failCount += 1 }
            if combination == .any, passCount > 0 { break }
            if combination == .all, failCount > 0 { break }
        }
        proceeds = capturingProceeds ?? proceeds
        switch combination {
        case .any: outcome.passed = passCount > 0
        case .all: outcome.passed = failCount == 0
        case .xor: outcome.passed = passCount == 1
        }
        return outcome
    }

    private mutating func evaluate(_ test: FieldTest, of name: String) async -> TestResult {
        let value = await value(of: test.field)
        var expressionText = test.expressionText
        var result = TestResult(passed: false, hasParentheses: false, captures: [])
        let expression: RegularExpression?
        switch test.expression {
        case .compiled(let known): expression = known
        case .dynamic(let template):
            expressionText = await expand(template)
            expression = compiled(expressionText, of: name)
        }
        result.hasParentheses = expressionText.utf8.contains(UInt8(ascii: "("))
        if let expression {
            do {
                result.passed = try expression.isFound(in: value, using: scratch)
                if result.passed, result.hasParentheses {
                    result.captures = scratch.match(in: value, groupCount: expression.groupCount).captures
                }
            } catch {
                reportInvalid(expressionText, "\(error)", of: name)
            }
        }
        if isTraced {
            subject.trace(
                .tested(
                    extensionName: name,
                    field: test.fieldText,
                    value: value,
                    expression: expressionText,
                    passed: result.passed
                )
            )
        }
        return result
    }

    private mutating func passes(_ gate: CompiledExtension.Gate) -> Bool {
        let value = profileField(gate.slot)
        // A match that fails is evaluated again with the whole condition, which reports it.
        return (try? gate.expression.isFound(in: value, using: scratch)) ?? true
    }

    private func compiled(_ text: String, of name: String) -> RegularExpression? {
        do {
            return try context.expression(text)
        } catch {
            reportInvalid(text, "\(error)", of: name)
            return nil
        }
    }

    private func reportInvalid(_ expression: String, _ message: String, of name: String) {
        subject.trace(.invalidExpression(extensionName: name, expression: expression, message: message))
    }

    private mutating func matches(_ timeOfDay: TimeOfDay, of name: String) -> Bool {
        let now = time ?? subject.brokenDownTime()
        time = now
        let passed = timeOfDay.matches(now)
        if isTraced { subject.trace(.testedTime(extensionName: name, passed: passed)) }
        return passed
    }

    private mutating func value(of field: FieldTest.Field) async -> String {
        switch field {
        case .profile(let slot): profileField(slot)
        case .text(let template): await expand(template)
        }
    }

    private mutating func profileField(_ slot: Int) -> String {
        if let known = fields[slot] { return known }
        let value = subject.profileField(context.fieldNames[slot]) ?? ""
        fields[slot] = value
        return value
    }

    private mutating func expand(_ template: Template) async -> String {
        if let text = template.expandSynchronously(in: subject) { return text }
        let text = await template.expand(in: subject)
        noteWait()
        return text
    }

    /// Something was waited for, which may have changed the call or seen its end.
    private mutating func noteWait() {
        isOver = subject.isOver
        for slot in fields.indices { fields[slot] = nil }
        time = nil
    }
}
