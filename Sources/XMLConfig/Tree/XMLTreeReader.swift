import CLibXML2

/// Runs libxml2 over a text and builds nodes from what it reports.
enum XMLTreeReader {
    /// libxml2 wants this once, before the first parse of any thread.
    private static let initialized: Void = xmlInitParser()

    static func read(
        _ text: [UInt8],
        lines: LineMap,
        limits: XMLLimits,
        diagnostics: inout [Diagnostic]
    ) throws(ConfigurationError) -> XMLNode {
        guard text.count <= limits.documentBytes else {
            throw ConfigurationError(
                "the document is longer than \(limits.documentBytes) bytes",
                at: lines.location(of: 1)
            )
        }
        _ = initialized
        let markup = MarkupNormalizer(text)
        guard let size = Int32(exactly: markup.output.count), markup.tagLines.first != nil else {
            throw ConfigurationError("expected an element, the document has none", at: lines.location(of: 1))
        }
        // Elements that an entity holds are in no order with those of the text.
        let tagLines = markup.hasDoctype ? nil : markup.tagLines
        var builder = XMLTreeBuilder(lines: lines, tagLines: tagLines, longSpans: markup.longSpans, limits: limits)
        var reader = unsafe clibxml2_reader()
        unsafe reader.maximum_entity_references = limits.entityReferences
        unsafe reader.element_began = { owner, name, count, line in
            unsafe XMLTreeReader.builder(owner).pointee.elementBegan(name, attributes: count, line: line)
        }
        unsafe reader.attribute = { owner, name, value, count, _ in
            unsafe XMLTreeReader.builder(owner).pointee.attribute(name, value, count: count)
        }
        unsafe reader.element_ended = { owner in unsafe XMLTreeReader.builder(owner).pointee.elementEnded() }
        unsafe reader.text = { owner, bytes, count in
            unsafe XMLTreeReader.builder(owner).pointee.text(bytes, count: count)
        }
        unsafe reader.failed = { owner, code, level, message, detail, line in
            let message = unsafe message.map { unsafe String(cString: $0) } ?? ""
            let detail = unsafe detail.map { unsafe String(cString: $0) }
            unsafe XMLTreeReader.builder(owner).pointee
                .failed(code: code, level: level, message: message, detail: detail, line: line)
        }
        let hasRun = unsafe withUnsafeMutablePointer(to: &builder) { builder in
            unsafe reader.owner = UnsafeMutableRawPointer(builder)
            return unsafe markup.output.withUnsafeBytes { bytes in
                unsafe clibxml2_read(&reader, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), size)
            }
        }
        diagnostics += builder.warnings
        if let failure = builder.failure { throw ConfigurationError([failure]) }
        guard hasRun, let root = builder.root else {
            throw ConfigurationError("expected one element around everything", at: lines.location(of: 1))
        }
        return root
    }

    private static func builder(_ owner: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<XMLTreeBuilder> {
        guard let owner = unsafe owner else { preconditionFailure("libxml2 lost the owner of a parse") }
        return unsafe owner.assumingMemoryBound(to: XMLTreeBuilder.self)
    }
}
