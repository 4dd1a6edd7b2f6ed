import Foundation
import XMLConfig

/// Documents as texts that are equal when the documents mean the same.
struct Canonical {
    /// The order of the rows of the dialplan, by their names; rows with the same order may stand either way.
    var orders: [String: Double] = [:]
    /// Whether what is false may as well be left out.
    var leavesOutFalse = false

    /// Elements whose children have no order that anything defines.
    private static let unordered: Set<String> = [
        "list", "queues", "agents", "tiers", "settings", "gateways", "domains",
    ]
    /// What the settings of an extension follow, which have no order either.
    private static let fixedEnds = ["max-registrations-per-extension", "export_vars"]

    /// What stands for no document.
    static let nothing = "nothing"

    /// An answer of the recording, read as FreeSWITCH reads it; ``nothing`` when there is none or it is "not found".
    func recorded(_ text: String?) -> String {
        guard let text else { return Self.nothing }
        // It ends a value with a backslash before the quote all the same.
        let readable = text.replacing("pattern=\\\"(.*)\\\"", with: "pattern=\"(.*)\"")
            .replacing("/>\\n", with: "/>")
        do {
            return answered(try XMLDocument.parse(Array(readable.utf8), named: "golden"))
        } catch {
            return "malformed: \(error.first)"
        }
    }

    /// An answer, which may be "not found".
    func answered(_ root: XMLNode) -> String {
        root.first(at: "section", "result")?[attribute: "status"] == "not found" ? Self.nothing : text(root)
    }

    func text(_ root: XMLNode) -> String {
        lines(root, "").joined(separator: "\n")
    }

    private func lines(_ node: XMLNode, _ indentation: String) -> [String] {
        var attributes = node.attributes
        // A description of the section, which nothing reads; and what the call was that filled the cache.
        if node.name == "section" { attributes.removeAll { $0.name == "description" } }
        if node.name == "context" { attributes.removeAll { $0.name == "destination_number" } }
        let head = "\(indentation)<\(node.name)" + attributes.map { " \($0.name)=\"\($0.value)\"" }.joined()
        let isLeftOut = { (child: XMLNode) in
            leavesOutFalse && child.name == "variable" && child[attribute: "value"] == "false"
        }
        return [head]
            + arranged(node).filter { !isLeftOut($0) }.flatMap { lines($0, indentation + " ") }
    }

    /// The children of an element, in an order that is the same for all documents that mean the same.
    private func arranged(_ node: XMLNode) -> [XMLNode] {
        let children = node.children
        let byText = { (left: XMLNode, right: XMLNode) in left.description < right.description }
        let isUnordered =
            ["directory", "local_stream.conf"].contains(node[attribute: "name"])
            || node.name == "group" && children.first?.name == "control"
            || node.name == "profile" && children.first?.name == "param"
            || ["profiles", "caller-controls"].contains(node.name) && children.first?.children.first?.name != "aliases"
        if isUnordered || Self.unordered.contains(node.name) {
            return children.sorted(by: byText)
        }
        if node.name == "context" {
            let order = { (extension_: XMLNode) in orders[extension_[attribute: "uuid"] ?? ""] ?? 0 }
            return children.sorted { left, right in
                order(left) == order(right) ? byText(left, right) : order(left) < order(right)
            }
        }
        let end = children.lastIndex { Self.fixedEnds.contains($0[attribute: "name"] ?? "") }
        guard let end else { return children }
        return children[...end] + children[(end + 1)...].sorted(by: byText)
    }

    /// The lines that two texts do not share.
    static func difference(_ wanted: String, _ got: String) -> String {
        let (left, right) = (wanted.components(separatedBy: "\n"), got.components(separatedBy: "\n"))
        return right.difference(from: left).prefix(12).map { change in
            switch change {
            case .insert(let line, let text, _): "+\(line) \(text.prefix(300))"
            case .remove(let line, let text, _): "-\(line) \(text.prefix(300))"
            }
        }.joined(separator: "\n")
    }
}
