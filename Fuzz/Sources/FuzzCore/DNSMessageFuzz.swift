import DNSMessage

/// Feeds bytes to the reader of whole messages and to that of questions.
public enum DNSMessageFuzz {
    /// Runs one input; a disagreement traps.
    public static func run(_ bytes: [UInt8]) {
        if let message = try? DNSMessage(parsing: bytes) { roundTrip(message) }
        switch DNSQuery.read(bytes) {
        case .silence: break
        case .refusal(let answer):
            precondition((try? DNSMessage(parsing: answer)) != nil, "a refusal can be read")
        case .query(let query), .cookie(let query): respond(to: query)
        }
    }

    private static func roundTrip(_ message: DNSMessage) {
        for record in message.answers { _ = record.data.description }
        // Names that were compressed for others may be too long when they are not.
        guard let printed = message.serialized() else { return }
        guard let again = try? DNSMessage(parsing: printed) else {
            preconditionFailure("what was read is printed readably")
        }
        precondition(again == message, "what was read is printed as it was")
        for name in message.questions.map(\.name) {
            precondition(DomainName(name.description) == name, "names are printed as they were")
        }
    }

    private static func respond(to query: DNSQuery) {
        let limit = query.datagramLimit(ours: DNSResponse.payloadSize)
        var response = DNSResponse(to: query, limit: limit)
        for index in 0..<40 {
            guard let below = DomainName("n\(index)")?.appending(query.question.name) else { break }
            response.append(.answer, below, ttl: 1, .ns(query.question.name))
        }
        let bytes = response.finish()
        precondition(bytes.count <= limit, "an answer is not longer than it may be")
        guard let answer = try? DNSMessage(parsing: bytes) else { preconditionFailure("an answer can be read") }
        precondition(
            answer.id == query.id && answer.questions == (query.hasQuestion ? [query.question] : []),
            "it answers the question"
        )
    }
}
