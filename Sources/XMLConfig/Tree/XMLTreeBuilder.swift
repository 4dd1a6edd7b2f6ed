import CLibXML2

/// Receives what libxml2 reports about one document and makes nodes of it, within limits.
struct XMLTreeBuilder {
    private struct OpenElement {
        let name: String
        var attributes: [(name: String, value: String)]
        let textLine: Int
        var children: [XMLNode] = []
        /// Where its text begins in ``texts``.
        let textStart: Int
    }

    private let lines: LineMap
    private let tagLines: [UInt32]?
    private let longSpans: [ClosedRange<UInt32>]
    private let limits: XMLLimits
    private var open: [OpenElement] = []
    /// The text of all elements that are open, each one's before that of those inside it.
    private var texts: [UInt8] = []
    /// Where the line of the element was found that ended last.
    private var run = 0
    private var elements = 0
    private var contentBytes = 0

    /// The document element once it has ended.
    private(set) var root: XMLNode?
    /// The first thing that makes the document unusable.
    private(set) var failure: Diagnostic?
    /// What is odd about the document and can be read all the same.
    var warnings: [Diagnostic] { oddities.all }

    private var oddities = DiagnosticList()

    /// - Parameters:
    ///   - tagLines: The line of each start tag in order, where that is known; the parser knows the end only.
    ///   - longSpans: The lines of comments and values that go over several, and of tags without an end.
    init(lines: LineMap, tagLines: [UInt32]?, longSpans: [ClosedRange<UInt32>], limits: XMLLimits) {
        (self.lines, self.tagLines, self.longSpans, self.limits) = (lines, tagLines, longSpans, limits)
    }

    // MARK: - Content

    /// - Parameter attributes: How many attributes follow.
    mutating func elementBegan(_ name: UnsafePointer<CChar>?, attributes: Int, line: Int) -> Bool {
        guard failure == nil, let name = unsafe name else { return false }
        let line = startLine(orElse: line)
        elements += 1
        guard elements <= limits.elements else { return refuse("more than \(limits.elements) elements", line) }
        guard open.count < limits.depth else {
            return refuse("elements are inside each other deeper than \(limits.depth) levels", line)
        }
        var element = OpenElement(
            name: unsafe String(cString: name),
            attributes: [],
            textLine: line,
            textStart: texts.count
        )
        if attributes > 1 { element.attributes.reserveCapacity(min(attributes, limits.attributes)) }
        open.append(element)
        return true
    }

    /// Takes an attribute of the element that began last; `value` has no terminating zero.
    mutating func attribute(_ name: UnsafePointer<CChar>?, _ value: UnsafePointer<CChar>?, count: Int) -> Bool {
        guard failure == nil, let name = unsafe name, let index = open.indices.last else { return false }
        guard open[index].attributes.count < limits.attributes else {
            return refuse("an element has more than \(limits.attributes) attributes", open[index].textLine)
        }
        contentBytes += count
        guard contentBytes <= limits.contentBytes else { return refuseContent(open[index].textLine) }
        let bytes = unsafe UnsafeRawBufferPointer(start: value, count: count)
        open[index].attributes.append((unsafe String(cString: name), unsafe String(decoding: bytes, as: UTF8.self)))
        return true
    }

    mutating func elementEnded() -> Bool {
        guard failure == nil, let element = open.popLast() else { return false }
        let (file, line) = lines.place(of: element.textLine, near: &run)
        let text = takeText(from: element.textStart, orNothingForSpace: !element.children.isEmpty)
        let node = XMLNode(
            name: element.name,
            attributes: element.attributes,
            children: element.children,
            text: text,
            file: file,
            line: line
        )
        if open.isEmpty {
            root = node
        } else {
            open[open.count - 1].children.append(node)
        }
        return true
    }

    mutating func text(_ bytes: UnsafePointer<CChar>?, count: Int) -> Bool {
        guard failure == nil else { return false }
        guard let bytes = unsafe bytes, !open.isEmpty else { return true }
        contentBytes += count
        guard contentBytes <= limits.contentBytes else { return refuseContent(open[open.count - 1].textLine) }
        let buffer = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
        unsafe texts.append(contentsOf: buffer)
        return true
    }

    /// The text from a place on, which is not kept any more.
    private mutating func takeText(from start: Int, orNothingForSpace isUnlessSpace: Bool) -> String {
        guard start < texts.count else { return "" }
        let bytes = texts[start...]
        let isLeftOut = isUnlessSpace && bytes.allSatisfy { $0 == 32 || (9...13).contains($0) }
        let text = isLeftOut ? "" : String(decoding: bytes, as: UTF8.self)
        texts.removeLast(texts.count - start)
        return text
    }

    private func startLine(orElse line: Int) -> Int {
        guard let tagLines, elements < tagLines.count else { return line }
        return Int(tagLines[elements])
    }

    private mutating func refuse(_ message: String, _ line: Int) -> Bool {
        fail(message, line: line)
        return false
    }

    private mutating func refuseContent(_ line: Int) -> Bool {
        refuse("the text of the document is longer than \(limits.contentBytes) bytes", line)
    }

    // MARK: - Errors

    mutating func failed(code: Int32, level: Int32, message: String, detail: String?, line: Int) {
        guard failure == nil, level >= Int32(bitPattern: XML_ERR_ERROR.rawValue) else { return }
        // A prefix that nothing declares is part of a name here (`X-PRE:…`, `a:b`), not an error.
        guard !(200...205).contains(code) else { return }
        if code == Int32(bitPattern: XML_ERR_ATTRIBUTE_REDEFINED.rawValue) {
            let name = detail ?? "an attribute"
            warn("\(name) is written twice in one element, the first counts", line: line)
            return
        }
        fail(expectation(code: code, message: message, detail: detail), line: lineToBlame(code: code, line: line))
    }

    /// Something that was not closed is found out about far below; where it was opened is more use.
    private func lineToBlame(code: Int32, line: Int) -> Int {
        switch xmlParserErrors(rawValue: UInt32(bitPattern: code)) {
        case XML_ERR_LT_IN_ATTRIBUTE, XML_ERR_ATTRIBUTE_NOT_FINISHED, XML_ERR_COMMENT_NOT_FINISHED,
            XML_ERR_CDATA_NOT_FINISHED, XML_ERR_NAME_REQUIRED:
            return longSpans.last { $0.contains(UInt32(clamping: line)) }.map { Int($0.lowerBound) } ?? line
        default:
            return line
        }
    }

    /// What was expected, in an operator's words where the parser's are not.
    private func expectation(code: Int32, message: String, detail: String?) -> String {
        switch xmlParserErrors(rawValue: UInt32(bitPattern: code)) {
        case XML_ERR_TAG_NAME_MISMATCH, XML_ERR_TAG_NOT_FINISHED, XML_ERR_GT_REQUIRED, XML_ERR_LTSLASH_REQUIRED:
            guard let element = open.last else { break }
            let place = lines.location(of: element.textLine)
            return "expected </\(element.name)> for the <\(element.name)> at \(place)"
        case XML_ERR_DOCUMENT_END:
            return "expected the end of the document after its element"
        case XML_ERR_HYPHEN_IN_COMMENT:
            return "expected no \"--\" inside a comment"
        case XML_ERR_COMMENT_NOT_FINISHED:
            return "expected \"-->\" at the end of a comment"
        case XML_ERR_LT_IN_ATTRIBUTE, XML_ERR_ATTRIBUTE_NOT_FINISHED:
            return "expected the closing quote of an attribute value"
        case XML_ERR_CDATA_NOT_FINISHED:
            return "expected \"]]>\" at the end of a CDATA section"
        case XML_ERR_NAME_REQUIRED where message.hasPrefix("error parsing attribute name"):
            return "expected \">\" at the end of a tag"
        case XML_ERR_ATTRIBUTE_NOT_STARTED:
            return "expected an attribute value in quotes"
        case XML_ERR_ENTITY_LOOP:
            return "an entity contains itself, or entities expand to too much"
        case xmlParserErrors(rawValue: UInt32(CLIBXML2_EXTERNAL_ENTITY)):
            return "entity \(detail ?? "") is outside the document, which is not allowed"
        case xmlParserErrors(rawValue: UInt32(CLIBXML2_TOO_MANY_ENTITIES)):
            return "more than \(limits.entityReferences) references to entities"
        default:
            break
        }
        let words = message.split(whereSeparator: \.isNewline).first.map(String.init) ?? "not well-formed XML"
        return words.prefix(1).lowercased() + words.dropFirst()
    }

    private mutating func fail(_ message: String, line: Int) {
        failure = Diagnostic(.error, at: lines.location(of: line), message)
    }

    private mutating func warn(_ message: String, line: Int) {
        oddities.add(.warning, at: lines.location(of: line), message)
    }
}
