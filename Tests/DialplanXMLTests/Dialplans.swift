import DialplanXML
import SwitchCore
import XMLConfig

/// A small reader of XML for these tests: elements, attributes, text; no entities.
enum Markup {
    static func context(_ extensions: String) -> XMLNode {
        element("<context name=\"default\">\(extensions)</context>")
    }

    static func element(_ text: String) -> XMLNode {
        var reader = Reader(rest: text[...])
        return reader.elements(until: nil).first ?? XMLNode("empty")
    }

    private struct Reader {
        var rest: Substring
        var line = 1
        var text = ""

        mutating func elements(until close: String?) -> [XMLNode] {
            var nodes: [XMLNode] = []
            var characters = ""
            while let first = rest.first {
                if rest.hasPrefix("</") {
                    take(through: ">")
                    break
                }
                if first == "<" {
                    nodes.append(element())
                } else {
                    if first == "\n" { line += 1 }
                    characters.append(rest.removeFirst())
                }
            }
            text = nodes.isEmpty ? characters : ""
            return nodes
        }

        mutating func element() -> XMLNode {
            let location = SourceLocation(file: "test.xml", line: line)
            let tag = take(through: ">").dropFirst().dropLast()
            let isEmpty = tag.hasSuffix("/")
            var head = isEmpty ? tag.dropLast() : tag
            let name = String(head.prefix { $0 != " " })
            head = head.dropFirst(name.count)
            var attributes: [(name: String, value: String)] = []
            while let equals = head.firstIndex(of: "=") {
                let attribute = String(head[..<equals].drop { $0 == " " })
                let value = head[head.index(equals, offsetBy: 2)...].prefix { $0 != "\"" }
                attributes.append((attribute, String(value)))
                head = head[value.endIndex...].dropFirst()
            }
            text = ""
            let children = isEmpty ? [] : elements(until: name)
            let own = text
            text = ""
            return XMLNode(name, attributes: attributes, children: children, text: own, location: location)
        }

        @discardableResult
        mutating func take(through character: Character) -> Substring {
            // A `>` inside an attribute's value does not end a tag.
            var isQuoted = false
            let end = rest.firstIndex { other in
                if other == "\"" { isQuoted.toggle() }
                return other == character && !isQuoted
            }
            let taken = rest[...(end ?? rest.index(before: rest.endIndex))]
            rest = rest[taken.endIndex...]
            return taken
        }
    }
}

/// A call without a switch: fields and variables in tables, inline applications recorded, `set` understood.
final class TestCall: DialplanSubject {
    var fields: [String: String]
    var variables = Variables()
    var inline: [DialplanAction] = []
    var traces: [DialplanTrace] = []
    var tracesHunt = false
    var time = BrokenDownTime(year: 2026, month: 8, day: 28, hour: 14, minute: 30)

    init(_ destination: String, variables: [(String, String)] = []) {
        fields = ["destination_number": destination, "caller_id_number": "1000", "context": "default"]
        for (name, value) in variables { self.variables.set(name, value) }
    }

    func variable(_ name: String, index: Int?) -> String? {
        if let index { return variables.element(index, of: name) }
        return variables[name] ?? fields[name]
    }

    func callAPI(_ name: String, arguments: String) async -> String? {
        name == "echo" ? arguments : nil
    }

    func profileField(_ name: String) -> String? { fields[name] }
    func brokenDownTime() -> BrokenDownTime { time }
    func setCaptures(_ name: String, _ captures: [String]) { variables.setCaptures(name, captures) }
    func trace(_ event: DialplanTrace) { traces.append(event) }

    func executeInline(_ action: DialplanAction) async {
        inline.append(action)
        let data = await Template(action.data).expand(in: self)
        let parts = data.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return }
        if action.application == "set" { variables.setUnchecked(parts[0], parts[1]) }
        if action.application == "set_profile_var" { fields[parts[0]] = parts[1] }
    }

    /// The route as text: `extension: app(data) app(data)`.
    func hunt(_ extensions: String) async -> String {
        await hunt(CompiledContext(compiling: Markup.context(extensions)))
    }

    func hunt(_ context: CompiledContext) async -> String {
        guard let route = await context.hunt(for: self) else { return "-" }
        let actions = route.actions.map { " \($0.application)(\($0.data))" }
        return "\(route.extensionName):\(actions.joined())"
    }
}
