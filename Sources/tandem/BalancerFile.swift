import ArgumentParser
import DatabaseBalancer
import Logging
import XMLConfig

/// A file with balancers, for programs that have no tree of configurations.
struct BalancerFile {
    /// What the file says.
    let configuration: BalancerConfiguration?

    /// How long the file may be, in bytes.
    private static let lengthLimit = 1 << 20

    /// Reads `balancer.conf.xml`; with `nil` there are no balancers.
    init(_ path: String?) throws {
        guard let path else {
            configuration = nil
            return
        }
        let bytes = try LocalFiles().contents(of: path, limit: Self.lengthLimit)
        let root = try XMLDocument.parseAnswer(bytes, named: path, globals: GlobalVariables())
        guard let node = Self.configuration(in: root) else {
            throw ValidationError("\(path) has no <configuration name=\"balancer.conf\">")
        }
        configuration = BalancerConfiguration(xml: node)
    }

    /// What an element of a tree says, where there is one.
    init(_ node: XMLNode?) {
        configuration = node.map { BalancerConfiguration(xml: $0) }
    }

    /// The element itself, wherever it is in the file.
    private static func configuration(in node: XMLNode) -> XMLNode? {
        if node.name == "configuration", node[attribute: "name"] == BalancerConfiguration.name { return node }
        for child in node.children {
            if let found = configuration(in: child) { return found }
        }
        return nil
    }

    /// The balancers of the file, which tell a log what happens.
    ///
    /// - Parameter change: Changes what the file says of each.
    func balancers(_ logger: Logger, change: (inout BalancerSettings) -> Void = { _ in }) -> Balancers {
        for diagnostic in configuration?.diagnostics ?? [] where diagnostic.severity >= .warning {
            logger.warning("\(diagnostic)")
        }
        let settings = (configuration?.balancers ?? []).map { one in
            var one = one
            change(&one)
            return one
        }
        return Balancers(directory: DirectoryOptions.absolute(".")) {
            settings
        } report: { isBad, text in
            logger.log(level: isBad ? .warning : .notice, "balancer \(text)")
        }
    }
}
