import XMLConfig

/// What providers of XML are told of a question.
extension Switch {
    /// The parameters of a question as an event has them: before them comes what every event begins with.
    ///
    /// A question without parameters has no event, and one about a channel has all of it already.
    public func eventFields(of parameters: [(String, String)]) -> [(String, String)] {
        guard !parameters.isEmpty, !parameters.contains(where: { $0.0 == "Core-UUID" }) else { return parameters }
        var origin: [String: String] = [:]
        for (name, value) in parameters where LookUpOrigin.headers.contains(name) { origin[name] = value }
        var event = makeEvent(.requestParams)
        events.number(&event)
        let beginning = event.headers.map { ($0.name, origin[$0.name] ?? $0.value) }
        return beginning + parameters.filter { !LookUpOrigin.headers.contains($0.0) }
    }
}
