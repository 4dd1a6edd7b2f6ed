import Base
import HTTPParameters
import HTTPTransport
import SwitchCore
import XMLConfig

/// The settings of `xml_cdr.conf` and `json_cdr.conf`.
struct DocumentSettings: Hashable, Sendable {
    let format: DocumentFormat
    /// Where files are written; `nil` when none are asked for (`log-dir`).
    var directory: String?
    /// Where records are kept that the collector refused, and below which others wait for it (`err-log-dir`).
    var errorDirectory: String
    /// Whether called legs get a record too (`log-b-leg`).
    var recordsCalledLegs: Bool
    /// Whether the names of calling legs begin with `a_` (`prefix-a-leg`).
    var prefixesCallingLegs: Bool
    /// Whether a file is written beside the POST (`log-http-and-disk`).
    var writesDelivered: Bool
    /// Whether files go to a directory of their own for each start and each `SIGHUP` (`rotate`).
    var rotates: Bool
    /// The collectors in the order in which they are asked (`url`), each with its credentials (`cred`, or in the URL).
    var addresses: [CollectorAddress]
    /// What certificates the collectors must have, and which are shown to them (`ssl-…`, `enable-…`).
    var tls: ClientTLSSettings
    /// The form of the POST (`encode`).
    var encoding: PostEncoding
    /// How many tries follow the first (`retries`).
    var retries: Int
    /// Seconds between two tries (`delay`).
    var delay: Int
    /// Seconds for one try (`timeout`).
    var timeout: Int
    /// Whether the variables in JSON are percent-encoded (`encode-values`).
    var encodesValues: Bool
    /// How many records may wait to be written (`queue-capacity`).
    var queueCapacity: Int
    /// Whether a channel waits for its record to be on the disk before it is destroyed (`durable`).
    var isDurable: Bool
    /// Seconds until a record that nobody took is tried again the first time; 0 for never (`resend-interval`).
    var resendInterval: Int

    /// How many URLs there may be, as in FreeSWITCH.
    static let urlLimit = 20
    /// Seconds between two later tries at most.
    static let longestResendInterval = 300

    /// Reads the configuration.
    ///
    /// - Throws: What is wrong with it, with file and line.
    init(
        _ format: DocumentFormat,
        xml: XMLNode,
        logDirectory: String,
        diagnostics: inout [Diagnostic]
    ) throws(ConfigurationError) {
        var reader = ConfigurationReader(settingsOf: xml)
        self.format = format
        addresses = Self.addresses(&reader)
        let logged = reader.string("log-dir").map { Self.path($0, below: logDirectory, format) }
        errorDirectory =
            reader.string("err-log-dir").map { Self.path($0, below: logDirectory, format) }
            ?? logged ?? Self.path("", below: logDirectory, format)
        // Records for a collector whose URL cannot be read are kept like those that a collector refuses.
        let isCollectorLost = addresses.isEmpty && reader.all("url").contains { !$0.value.isEmpty }
        directory = logged ?? (isCollectorLost ? errorDirectory : nil)
        recordsCalledLegs = reader.boolean("log-b-leg", default: true)
        prefixesCallingLegs = reader.boolean("prefix-a-leg", default: false)
        writesDelivered = reader.boolean("log-http-and-disk", default: false)
        rotates = reader.boolean("rotate", default: false)
        tls = ClientTLSSettings(&reader, server: "collector")
        encoding = Self.encoding(&reader, format)
        retries = reader.integer("retries", in: 0...100, default: 0)
        delay = reader.integer("delay", in: 0...3600, default: 5)
        timeout = reader.integer("timeout", in: 1...3600, default: 10)
        encodesValues = format == .json ? reader.boolean("encode-values", default: true) : true
        queueCapacity = reader.integer("queue-capacity", in: 1...1_000_000, default: 10_000)
        isDurable = reader.boolean("durable", default: false)
        resendInterval = reader.integer("resend-interval", in: 0...Self.longestResendInterval, default: 5)
        Self.readOthers(&reader)
        diagnostics += try reader.finish()
    }

    /// An absolute path, or one below the log directory; the usual directory for none.
    private static func path(_ text: String, below logDirectory: String, _ format: DocumentFormat) -> String {
        if text.isEmpty { return "\(logDirectory)/\(format.name)" }
        return text.hasPrefix("/") ? text : "\(logDirectory)/\(text)"
    }

    /// The collectors.
    ///
    /// One whose URL cannot be read is left out: records go to the others, or stay in files.
    private static func addresses(_ reader: inout ConfigurationReader) -> [CollectorAddress] {
        let common = reader.nonEmptyString("cred")
        var addresses: [CollectorAddress] = []
        for parameter in reader.all("url") where !parameter.value.isEmpty {
            let parts = HTTPURL.separatingUserInfo(parameter.value)
            do throws(HTTPURL.Fault) {
                addresses.append(CollectorAddress(url: try HTTPURL(parts.url), credentials: common ?? parts.userInfo))
            } catch {
                // Not the value: it may hold a password.
                reader.report(.warning, at: parameter.location, "url: \(error); no record is sent there")
            }
        }
        if addresses.count > urlLimit { reader.report(.error, at: nil, "there are more than \(urlLimit) urls") }
        return addresses
    }

    private static func encoding(_ reader: inout ConfigurationReader, _ format: DocumentFormat) -> PostEncoding {
        guard let text = reader.string("encode") else { return .form }
        if text.lowercased() == "base64" { return .base64 }
        if text.lowercased() == "textxml", format == .xml { return .plain }
        if text.isTrueSetting { return .form }
        return format == .xml ? .unencodedForm : .plain
    }

    private static func readOthers(_ reader: inout ConfigurationReader) {
        _ = reader.choice("auth-scheme", of: ["basic": true, "any": true], default: true)
        reader.ignore("disable-100-continue", because: "no request here waits for 100 Continue")
        reader.noteUnused(["cookie-file"])
    }

    /// How much of a channel's UUID goes into a name: with `a_` and the rest it is far below what file systems allow.
    private static let nameLimit = 200

    private static func isPlain(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "-")
    }

    /// Where records wait for the collector.
    var spool: String { errorDirectory + "/unsent" }

    /// The name of a record, without what its file's name ends with: `a_<uuid>`.
    func name(of record: CallRecord) -> String {
        // The UUID can be the wish of who originated the call: it must neither lead out of the directory nor be hidden
        // in it, and be a name at all.
        let id = String(record.id.prefix(Self.nameLimit).map { Self.isPlain($0) ? $0 : "_" })
        return (prefixesCallingLegs && !record.isCalledLeg ? "a_" : "") + id
    }
}
