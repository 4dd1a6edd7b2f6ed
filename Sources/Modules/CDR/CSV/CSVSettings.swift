import SwitchCore
import XMLConfig

/// The settings of `cdr_csv.conf`.
struct CSVSettings: Sendable {
    /// Which channels get a line.
    enum Legs: Sendable {
        case calling, called, both

        /// Whether a channel of this kind gets one.
        func include(calledLeg: Bool) -> Bool {
            switch self {
            case .calling: !calledLeg
            case .called: calledLeg
            case .both: true
            }
        }
    }

    /// Where the files are: `log-base` and `cdr-csv`.
    let directory: String
    /// The template of `Master.csv`, and of accounts that have none of their own.
    let defaultTemplate: Template
    /// The templates by name; one with the name of an account is that account's.
    let templates: [String: Template]
    let rotatesOnHangUp: Bool
    let legs: Legs
    let hasMasterFileOnly: Bool
    /// Whether the channel's variables are logged (`debug`).
    let isDebugging: Bool
    /// How many lines may wait to be written.
    let queueCapacity: Int
    /// Whether a channel waits for its line to be on the disk before it is destroyed.
    let isDurable: Bool

    /// What the line is when no template is configured.
    static let fallbackTemplate =
        #""${caller_id_name}","${caller_id_number}","${destination_number}","${context}","${start_stamp}","#
        + #""${answer_stamp}","${end_stamp}","${duration}","${billsec}","${hangup_cause}","${uuid}","${bleg_uuid}","#
        + #""${accountcode}""#

    /// Reads the configuration.
    ///
    /// - Throws: What is wrong with it, with file and line.
    init(xml: XMLNode, logDirectory: String, diagnostics: inout [Diagnostic]) throws(ConfigurationError) {
        var reader = ConfigurationReader(settingsOf: xml)
        let base = reader.nonEmptyString("log-base") ?? logDirectory
        directory = base + "/cdr-csv"
        var templates: [String: Template] = [:]
        if let list = xml.first("templates") {
            for node in list.children(named: "template") {
                guard let name = node[attribute: "name"] else { continue }
                templates[name] = Template(node.text)
            }
        }
        self.templates = templates
        let name = reader.string("default-template", default: "default")
        if templates[name] == nil, !templates.isEmpty {
            reader.report(.warning, at: nil, "there is no template \"\(name)\", the built-in one is used")
        }
        defaultTemplate = templates[name] ?? Template(Self.fallbackTemplate)
        rotatesOnHangUp = reader.boolean("rotate-on-hup", default: false)
        legs = reader.choice("legs", of: ["a": .calling, "b": .called, "ab": .both], default: .calling)
        hasMasterFileOnly = reader.boolean("master-file-only", default: false)
        isDebugging = reader.boolean("debug", default: false)
        queueCapacity = reader.integer("queue-capacity", in: 1...1_000_000, default: 10_000)
        isDurable = reader.boolean("durable", default: false)
        diagnostics += try reader.finish()
    }

    /// The file of a channel's account: `1000.csv`; `nil` when it has none, or one that is no name for a file.
    func file(forAccount code: String?) -> String? {
        guard !hasMasterFileOnly, let code, !code.isEmpty, code.utf8.count <= Self.accountLengthLimit else {
            return nil
        }
        // The code may come from a peer: it must not lead out of the directory.
        let isName = code.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && $0 != "/" }
        return isName && !code.hasPrefix(".") && code != "Master" ? code + ".csv" : nil
    }

    /// How long an account code may be that gets a file, in bytes.
    static let accountLengthLimit = 128
    /// The file with the lines of all channels.
    static let masterFile = "Master.csv"
}
