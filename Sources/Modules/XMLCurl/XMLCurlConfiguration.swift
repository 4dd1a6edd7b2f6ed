import XMLConfig

/// The settings of `xml_curl.conf`.
struct XMLCurlConfiguration: Hashable, Sendable {
    /// How many bindings there may be.
    private static let limit = 100

    /// The bindings in the order in which they are asked.
    var gateways: [Gateway] = []

    /// Reads `xml_curl.conf`.
    ///
    /// - Throws: What is wrong with it, with file and line.
    init(xml: XMLNode, diagnostics: inout [Diagnostic]) throws(ConfigurationError) {
        let nodes = (xml.first("bindings")?.children ?? []).filter { $0.name == "binding" }.prefix(Self.limit)
        var found: [Diagnostic] = []
        for (index, node) in nodes.enumerated() {
            let written = node.nonEmpty(attribute: "name") ?? "binding"
            // Figures are told apart by the name.
            let isTaken = nodes[..<index].contains { $0.nonEmpty(attribute: "name") ?? "binding" == written }
            do throws(ConfigurationError) {
                let name = isTaken ? "\(written)-\(index + 1)" : written
                if let gateway = try Gateway(node, name: name, diagnostics: &found) { gateways.append(gateway) }
            } catch {
                found += error.diagnostics
            }
        }
        if found.contains(where: { $0.severity == .error }) { throw ConfigurationError(diagnostics + found) }
        diagnostics += found
    }
}
