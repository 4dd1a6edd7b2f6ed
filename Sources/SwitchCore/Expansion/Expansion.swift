/// One run of a template: the output so far and what it has cost.
///
/// The synchronous and the asynchronous walk are the same; the first gives up at an API call.
struct Expansion {
    private var references = 0
    private var work = 0

    /// Appends a template's text; false when an API call stands in the way.
    mutating func appendSynchronously(
        _ template: Template,
        to output: inout String,
        in scope: some ExpansionScope,
        depth: Int
    ) -> Bool {
        for segment in template.segments {
            switch segment {
            case .literal(let text):
                append(text, to: &output)
            case .variable(let reference):
                guard appendSynchronously(reference, to: &output, in: scope, depth: depth) else { return false }
            case .computed(let name):
                guard let text = expandSynchronously(name, in: scope, depth: depth + 1) else { return false }
                let reference = VariableReference(text)
                guard appendSynchronously(reference, to: &output, in: scope, depth: depth) else { return false }
            case .api:
                return false
            }
        }
        return true
    }

    /// Appends a template's text, running the API commands in it one after the other.
    mutating func append(
        _ template: Template,
        to output: inout String,
        in scope: some ExpansionScope,
        depth: Int
    ) async {
        for segment in template.segments {
            switch segment {
            case .literal(let text):
                append(text, to: &output)
            case .variable(let reference):
                await append(reference, to: &output, in: scope, depth: depth)
            case .computed(let name):
                let text = await expand(name, in: scope, depth: depth + 1)
                await append(VariableReference(text), to: &output, in: scope, depth: depth)
            case .api(let name, let arguments):
                guard spendReference() else { return }
                let command = await expand(name, in: scope, depth: depth + 1)
                let text = await expand(arguments, in: scope, depth: depth + 1)
                if let result = await scope.callAPI(command.trimmingTrailingSpaces, arguments: text) {
                    append(result, to: &output)
                }
            }
        }
    }

    private mutating func appendSynchronously(
        _ reference: VariableReference,
        to output: inout String,
        in scope: some ExpansionScope,
        depth: Int
    ) -> Bool {
        guard let value = value(of: reference, in: scope) else { return true }
        guard let inner = template(ofValue: value, depth: depth) else {
            append(sliced(value, reference), to: &output)
            return true
        }
        guard let text = expandSynchronously(inner, in: scope, depth: depth + 1) else { return false }
        append(sliced(text, reference), to: &output)
        return true
    }

    private mutating func append(
        _ reference: VariableReference,
        to output: inout String,
        in scope: some ExpansionScope,
        depth: Int
    ) async {
        guard let value = value(of: reference, in: scope) else { return }
        guard let inner = template(ofValue: value, depth: depth) else {
            append(sliced(value, reference), to: &output)
            return
        }
        let text = await expand(inner, in: scope, depth: depth + 1)
        append(sliced(text, reference), to: &output)
    }

    private mutating func expandSynchronously(
        _ template: Template,
        in scope: some ExpansionScope,
        depth: Int
    ) -> String? {
        if let literal = template.literal { return literal }
        var text = ""
        return appendSynchronously(template, to: &text, in: scope, depth: depth) ? text : nil
    }

    private mutating func expand(_ template: Template, in scope: some ExpansionScope, depth: Int) async -> String {
        if let literal = template.literal { return literal }
        var text = ""
        await append(template, to: &text, in: scope, depth: depth)
        return text
    }

    private mutating func value(of reference: VariableReference, in scope: some ExpansionScope) -> String? {
        guard spendReference(), let value = scope.variable(reference.name, index: reference.index) else { return nil }
        work += value.utf8.count
        return work <= ExpansionLimits.work ? value : nil
    }

    /// The template of a value that has to be expanded again; nil when the value is plain or too deep.
    private func template(ofValue value: String, depth: Int) -> Template? {
        guard depth < ExpansionLimits.depth, !Template.isStatic(value) else { return nil }
        return Template(value)
    }

    private func sliced(_ value: String, _ reference: VariableReference) -> String {
        reference.slice.map { $0.apply(to: value) } ?? value
    }

    private mutating func spendReference() -> Bool {
        references += 1
        return references <= ExpansionLimits.references
    }

    private func append(_ text: String, to output: inout String) {
        guard output.utf8.count + text.utf8.count <= ExpansionLimits.length else { return }
        // Two parts, each of them harmless, do not become an expression where they meet.
        if text.utf8.first == UInt8(ascii: "{"), output.utf8.last == UInt8(ascii: "$") {
            output.removeLast()
            output += "%"
        }
        output += text
    }
}

extension String {
    /// The text without spaces at its end: `${api (x)}` calls `api`.
    fileprivate var trimmingTrailingSpaces: String {
        var end = utf8.endIndex
        while end > utf8.startIndex, utf8[utf8.index(before: end)] == UInt8(ascii: " ") {
            end = utf8.index(before: end)
        }
        return end == utf8.endIndex ? self : String(self[..<end])
    }
}
