import Base
import XMLConfig

/// A document as a FreeSWITCH on another machine reads it.
///
/// That runs its preprocessor over an answer, line by line, before it parses it: `$${…}` would become a global variable
/// of the machine, and an element `X-PRE-PROCESS` could run a program there. What rows hold is never for the
/// preprocessor, so it is written such that this sees nothing and the parser reads what was meant.
struct RemoteDocument {
    /// What is answered when there is nothing to answer.
    static let notFound = text(
        XMLNode(
            "document",
            [("type", "freeswitch/xml")],
            [XMLNode("section", [("name", "result")], [XMLNode("result", [("status", "not found")])])]
        )
    )

    /// A document as text, an element on each line.
    ///
    /// - Parameter globalsIn: The name of elements inside of which `$${…}` stays, for the other machine to expand.
    static func text(_ node: XMLNode, globalsIn element: String? = nil) -> String {
        var document = RemoteDocument(elementWithGlobals: element)
        document.write(node, leavesGlobals: false)
        return document.output
    }

    // The preprocessor leaves out the line that this is on.
    private var output = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n"
    private let elementWithGlobals: String?

    private init(elementWithGlobals: String?) {
        self.elementWithGlobals = elementWithGlobals
    }

    private static let command = "X-PRE-PROCESS"

    private mutating func write(_ node: XMLNode, leavesGlobals: Bool) {
        guard !node.name.equalsIgnoringASCIICase(Self.command) else { return }
        let leavesGlobals = leavesGlobals || node.name == elementWithGlobals
        output += "<" + node.name
        for (name, value) in node.attributes {
            output += " \(name)=\"\(Self.hidden(XMLNode.escaped(value), leavesGlobals))\""
        }
        if node.children.isEmpty, node.text.isEmpty {
            output += "/>\n"
            return
        }
        output += ">" + Self.hidden(XMLNode.escaped(node.text, inAttribute: false), leavesGlobals)
        if !node.children.isEmpty { output += "\n" }
        for child in node.children { write(child, leavesGlobals: leavesGlobals) }
        output += "</\(node.name)>\n"
    }

    /// A text in which the preprocessor finds nothing, with references in the place of what it looks for.
    private static func hidden(_ text: String, _ leavesGlobals: Bool) -> String {
        var text = text
        if !leavesGlobals, text.contains("$${") { text = text.replacing("$${", with: "&#36;&#36;{") }
        guard let place = place(in: text) else { return text }
        let rest = String(text[text.index(after: place)...])
        return text[..<place] + "&#\(text.unicodeScalars[place].value);" + hidden(rest, leavesGlobals)
    }

    /// Where the preprocessor would see its command, which makes it drop the line.
    private static func place(in text: String) -> String.Index? {
        let bytes = text.utf8
        return bytes.indices.first { index in
            bytes[index] | 0x20 == UInt8(ascii: "x")
                && String(text[index...].utf8.prefix(command.utf8.count))?.equalsIgnoringASCIICase(command) == true
        }
    }
}
