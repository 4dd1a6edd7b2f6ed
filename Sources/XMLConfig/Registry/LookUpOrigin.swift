import Base

/// What asks a question, by the names that FreeSWITCH's own code has: programs that answer look at
/// `Event-Calling-Function`.
public struct LookUpOrigin: Hashable, Sendable {
    /// The kind of event that describes the question.
    let event: String
    /// The file.
    let file: String
    /// The function.
    let function: String

    /// A function of a file; some describe their questions by another kind of event.
    public init(_ file: String, _ function: String, event: String = "REQUEST_PARAMS") {
        (self.file, self.function, self.event) = (file, function, event)
    }

    /// Somebody wants to know whether a user is there.
    static let user = LookUpOrigin("switch_xml.c", "switch_xml_locate_user")
    /// Somebody wants to know whether a domain is there.
    static let domain = LookUpOrigin("switch_xml.c", "switch_xml_locate_domain")
    /// The access lists name a domain.
    static let accessLists = LookUpOrigin("switch_core.c", "switch_load_network_lists", event: "GENERAL")

    /// The parameters of a question that say so.
    public var parameters: [(String, String)] {
        [(Self.eventHeader, event), (Self.fileHeader, file), (Self.functionHeader, function)]
    }

    private static let eventHeader = "Event-Name"
    private static let fileHeader = "Event-Calling-File"
    private static let functionHeader = "Event-Calling-Function"

    /// Which of the headers of an event these parameters are.
    public static let headers: Set<String> = [eventHeader, fileHeader, functionHeader]
}
