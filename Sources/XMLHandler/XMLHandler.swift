import Synchronization
public import XMLConfig

/// Answers look-ups from FusionPBX's tables, with the documents that FusionPBX's own handler makes of them.
///
/// What a database does not have is answered as not found, and a row that is not XML is left out by itself.
public final class XMLHandler: Sendable {
    /// What an answer is.
    public struct Answer: Sendable {
        /// The document; `nil` when there is none, so that somebody else may answer.
        public var document: XMLNode?
        /// The rows that were left out.
        public var faults: [RowFault] = []
        /// Whether there is nothing in it of the number that it is for, which somebody outside has chosen.
        public var isForNobody = false
    }

    /// The sections that there are documents for.
    public static let sections: Set<XMLSection> = [.configuration, .dialplan, .directory, .languages]

    /// The tables that are read where they are there, and that FusionPBX's pages alone fill.
    public static let tablesOfPages: Set<String> = Set(Schema.tablesOfPages)

    private let source: any TableSource
    private let options: HandlerOptions
    private let library: RowLibrary?
    private let schema = Mutex<Schema?>(nil)

    /// A handler for a database, which is looked at when the first question comes.
    ///
    /// - Parameter keepsRows: Whether rows of the dialplan that come again need not be read again.
    public init(_ source: any TableSource, options: HandlerOptions, keepsRows: Bool = true) {
        (self.source, self.options) = (source, options)
        library = keepsRows ? RowLibrary() : nil
    }

    /// The document that answers a question.
    ///
    /// - Parameter host: The machine that asks, where it is not this one: rows may belong to it alone.
    public func answer(_ question: XMLQuestion, from host: String? = nil) async throws -> Answer {
        try await answer(question, from: host, home: nil)
    }

    /// The same, about a user who is called through another switch.
    func answer(_ question: XMLQuestion, from host: String?, home: UserNodes.Node?) async throws -> Answer {
        guard mayAnswer(question) else { return Answer() }
        let tables = TableReader(schema: try await probedSchema(), source: source)
        let options = options(for: host)
        switch question.section {
        case .directory:
            let section = DirectorySection(tables: tables, options: options, home: home)
            return Answer(document: try await section.answer(question))
        case .dialplan:
            return try await dialplan(DialplanQuestion(question), tables, options)
        case .configuration:
            var answer = Answer()
            let section = ConfigurationSection(tables: tables, options: options)
            answer.document = try await section.answer(question, &answer.faults)
            return answer
        case .languages:
            return Answer(document: try await PhraseDocument.answer(question, tables, options))
        default:
            return Answer()
        }
    }

    /// Whether there may be a document for a question: without a look at the tables.
    func mayAnswer(_ question: XMLQuestion) -> Bool {
        Self.sections.contains(question.section) && ConfigurationSection.mayAnswer(question, options)
    }

    /// The other switch that the user of a document is registered with, where somebody wants to call it.
    ///
    /// FusionPBX's dialplan says by `dialed_extension` that somebody does.
    func home(ofUserIn document: XMLNode, for question: XMLQuestion, from host: String?) async -> UserNodes.Node? {
        guard let nodes = options.nodes, question.section == .directory, question["dialed_extension"] != nil,
            case .user = DirectoryQuestion(question),
            let domain = document.first(at: "section", "domain"), let name = domain[attribute: "name"],
            let user = domain.first(at: "groups", "group", "users", "user"), let identifier = user[attribute: "id"]
        else { return nil }
        let alias = options.registersAsNumberAlias ? user.nonEmpty(attribute: "number-alias") : nil
        let names =
            host == nil
            ? [options.hostName, options.switchName]
            : [host, question["FreeSWITCH-Switchname"], question["hostname"]]
        return await nodes.node(of: alias ?? identifier, in: name, besides: Set(names.compactMap { $0 }))
    }

    /// What documents for a machine take from it; this one where none is named.
    func options(for host: String?) -> HandlerOptions {
        var options = options
        if let host { options.hostName = host }
        return options
    }

    private func dialplan(
        _ question: DialplanQuestion,
        _ tables: TableReader,
        _ options: HandlerOptions
    ) async throws -> Answer {
        let query = DialplanQuery(question, tables.schema)
        let rows = try await tables.rows(query.sql, query.values)
        let document = DialplanDocument(rows, for: question, host: options.hostName, library: library ?? RowLibrary())
        return Answer(document: document.node, faults: document.faults, isForNobody: document.isForNobody)
    }

    /// Looks anew which tables there are, when the next question comes.
    func lookAnew() {
        schema.withLock { $0 = nil }
    }

    private func probedSchema() async throws -> Schema {
        if let known = schema.withLock({ $0 }) { return known }
        // Two first questions look twice, and see the same.
        let found = try await Schema.probe(source)
        schema.withLock { $0 = found }
        return found
    }
}
