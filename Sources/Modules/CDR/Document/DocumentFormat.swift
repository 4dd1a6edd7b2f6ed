/// The two forms of a document about a channel.
enum DocumentFormat: Sendable {
    case xml, json

    /// What module, configuration, files and gauges are named after: `xml_cdr`.
    var name: String {
        switch self {
        case .xml: "xml_cdr"
        case .json: "json_cdr"
        }
    }

    /// What the names of its files end with.
    var suffix: String {
        switch self {
        case .xml: ".cdr.xml"
        case .json: ".cdr.json"
        }
    }

    /// Its media type.
    var contentType: String {
        switch self {
        case .xml: "text/xml"
        case .json: "application/json"
        }
    }

    /// The channel variable that names another directory for the channel's file.
    var directoryVariable: String {
        switch self {
        case .xml: "xml_cdr_base"
        case .json: "json_cdr_base"
        }
    }

    /// The variable of a calling channel that asks for the called channel's document in `b_leg_cdr`.
    var copyVariable: String {
        switch self {
        case .xml: "copy_xml_cdr"
        case .json: "copy_json_cdr"
        }
    }

    /// The variable of a calling channel that asks for the documents of legs that failed.
    var failedPrefixVariable: String {
        switch self {
        case .xml: "failed_xml_cdr_prefix"
        case .json: "failed_json_cdr_prefix"
        }
    }
}
