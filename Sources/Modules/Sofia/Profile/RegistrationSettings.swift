import Base
import SIP
import XMLConfig

/// What a profile's settings say about registrations.
struct RegistrationSettings: Sendable {
    /// How many registrations of one user are kept apart (`multiple-registrations`).
    enum MultipleRegistrations: Sendable {
        /// A new registration replaces the others of the user.
        case replace
        /// Registrations with different Call-IDs stay side by side.
        case byCallID
        /// Registrations with different contacts stay side by side.
        case byContact
    }

    let acceptsBlindRegistrations: Bool
    let disablesRegistrations: Bool
    let registerACLs: [String]
    let forcedDatabaseDomain: String?
    let forcesMatchingUsername: Bool
    let multipleRegistrations: MultipleRegistrations
    let maximumRegistrationsPerUser: Int
    /// Whether that is what the operator wants, and so for all nodes together.
    let hasMaximumForAllNodes: Bool
    let forcedExpiry: Int?
    let minimumExpiry: Int
    let maximumExpiry: Int
    let expiryMargin: Int
    /// The database that nodes share (`odbc-dsn`); `nil` for a file of this machine's.
    let database: String?
    /// Where other nodes reach this one, when not at the address that it listens at (`node-uri`).
    let nodeURI: SIPURI?
    /// The name of that file (`dbname`).
    let databaseName: String?

    /// Reads the settings.
    init(_ reader: inout ConfigurationReader) {
        acceptsBlindRegistrations = reader.boolean("accept-blind-reg", default: false)
        disablesRegistrations = reader.boolean("disable-register", default: false)
        registerACLs = reader.all("apply-register-acl").map(\.value)
        forcedDatabaseDomain = reader.string("force-register-db-domain")
        forcesMatchingUsername = reader.boolean("inbound-reg-force-matching-username", default: false)
        switch reader.string("multiple-registrations", default: "false") {
        case "contact", "true": multipleRegistrations = .byContact
        case "call-id": multipleRegistrations = .byCallID
        case let word: multipleRegistrations = word.isTrueSetting ? .byContact : .replace
        }
        hasMaximumForAllNodes = reader.nonEmptyString("max-registrations-per-extension") != nil
        maximumRegistrationsPerUser = reader.integer("max-registrations-per-extension", in: 1...1000, default: 10)
        forcedExpiry = reader.integer("sip-force-expires", in: 10...864_000)
        minimumExpiry = reader.integer("sip-force-expires-min", in: 1...864_000, default: 1)
        maximumExpiry = reader.integer("sip-force-expires-max", in: 1...864_000, default: 86_400)
        database = reader.nonEmptyString("odbc-dsn")
        nodeURI = reader.value("node-uri", expecting: "a SIP URI") { SIPURI($0).flatMap { $0.isSIP ? $0 : nil } }
        databaseName = reader.nonEmptyString("dbname")
        expiryMargin = reader.integer("sip-expires-late-margin", in: 0...3600, default: 60)
    }
}
