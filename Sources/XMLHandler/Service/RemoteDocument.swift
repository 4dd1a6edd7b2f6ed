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

    /// A text in which the preprocessor finds nothing, with references in the place of what it looks for: its command, which
    /// makes it drop the line, and global variables.
    private static func hidden(_ text: String, _ leavesGlobals: Bool) -> String {
        var text = text
        let changed = text.withUTF8 { bytes -> String? in
            var hidden: [UInt8] = []
            // What comes before the byte that is looked at and is not copied yet.
            var copied = 0
            for place in bytes.indices {
                let reference: StaticString
                switch bytes[place] {
                case UInt8(ascii: "X") where isCommand(bytes[place...]): reference = "&#88;"
                case UInt8(ascii: "x") where isCommand(bytes[place...]): reference = "&#120;"
                case UInt8(ascii: "$") where !leavesGlobals && isInGlobal(bytes, place): reference = "&#36;"
                default: continue
                }
                hidden += bytes[copied..<place]
                reference.withUTF8Buffer { hidden += $0 }
                copied = place + 1
            }
            // Most texts have nothing of it, and are not copied.
            guard copied > 0 else { return nil }
            hidden += bytes[copied...]
            return String(decoding: hidden, as: UTF8.self)
        }
        return changed ?? text
    }

    private static func isCommand(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        bytes.count >= command.utf8.count && zip(bytes, command.utf8).allSatisfy { $0 == $1 || $0 ^ 0x20 == $1 }
    }

    /// Whether a `$` is one of those of `$${`.
    private static func isInGlobal(_ bytes: UnsafeBufferPointer<UInt8>, _ place: Int) -> Bool {
        func has(_ text: StaticString, at start: Int) -> Bool {
            guard start >= 0, start + text.utf8CodeUnitCount <= bytes.count else { return false }
            return text.withUTF8Buffer { $0.elementsEqual(bytes[start..<start + text.utf8CodeUnitCount]) }
        }
        return has("$${", at: place) || has("$${", at: place - 1)
    }
}
