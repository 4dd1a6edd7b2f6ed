import Database
import DatabaseBalancer
import HTTPTransport
import SwitchCore
public import XMLConfig

/// The settings of `cidlookup.conf`.
struct CallerNameConfiguration: Hashable, Sendable {
    /// The web server that is asked (`url`), with `${caller_id_number}` in it; nobody when `nil`.
    var url: String?
    /// The database that is asked (`odbc-dsn`); none when `nil`.
    var dsn: String?
    /// How it is asked for a name (`sql`).
    var nameSQL: String?
    /// How it is asked for an area (`citystate-sql`).
    var areaSQL: String?
    /// Whether what the web server has said is kept (`cache`).
    var keepsNames = false
    /// For how many seconds (`cache-expire`); 0 for as long as there is room.
    var keepingSeconds = 300
    /// How many milliseconds the web server may take (`curl-timeout`).
    var timeout = 2000
    /// From how many milliseconds on the log hears of it (`curl-warning-duration`).
    var slowness = 1000
    /// Whether the web server's certificate is checked (`validate-certs`).
    var verifies = true

    /// Milliseconds of the longest `curl-timeout`; 0, which is for ever in FreeSWITCH, means it too.
    private static let longestTimeout = 60_000
    /// Seconds of the longest `cache-expire`: more would be a point in time to memcached.
    private static let longestKeeping = 2_592_000

    /// Reads `cidlookup.conf`.
    ///
    /// - Throws: What is wrong with it, with file and line.
    init(xml: XMLNode, diagnostics: inout [Diagnostic]) throws(ConfigurationError) {
        var reader = ConfigurationReader(settingsOf: xml)
        readURL(&reader)
        readDatabase(&reader)
        keepsNames = reader.boolean("cache", default: keepsNames)
        keepingSeconds = reader.integer("cache-expire", in: 0...Self.longestKeeping, default: keepingSeconds)
        for parameter in reader.all("whitepages-apikey") {
            reader.report(.note, at: parameter.location, "whitepages-apikey has no effect: the service has ended")
        }
        diagnostics += try reader.finish()
    }

    private mutating func readURL(_ reader: inout ConfigurationReader) {
        url = reader.nonEmptyString("url")
        if let url {
            // Whatever the number is, it has to look like a URL.
            let example = Template(url).text(markingExpressionsWith: "1")
            do throws(HTTPURL.Fault) {
                _ = try HTTPURL(HTTPURL.separatingUserInfo(example).url)
            } catch {
                // What is written there may hold a key.
                let location = reader.all("url").last?.location
                reader.report(.error, at: location, "url is not what was expected: \(error)")
            }
        }
        timeout = reader.integer("curl-timeout", in: 0...Self.longestTimeout, default: timeout)
        if timeout == 0 {
            timeout = Self.longestTimeout
            let location = reader.all("curl-timeout").last?.location
            let seconds = Self.longestTimeout / 1000
            reader.report(.note, at: location, "curl-timeout is 0: \(seconds) seconds, nobody waits for ever")
        }
        slowness = reader.integer("curl-warning-duration", in: 0...Self.longestTimeout, default: slowness)
        verifies = reader.boolean("validate-certs", default: verifies)
        if !verifies {
            let location = reader.all("validate-certs").last?.location
            reader.report(.warning, at: location, "nothing checks that the web server is who it says it is")
        }
    }

    /// A database that cannot be used takes nothing else away: FreeSWITCH's own configuration names one that nobody has.
    private mutating func readDatabase(_ reader: inout ConfigurationReader) {
        nameSQL = reader.nonEmptyString("sql")
        areaSQL = reader.nonEmptyString("citystate-sql")
        dsn = reader.nonEmptyString("odbc-dsn")
        let location = reader.all("odbc-dsn").last?.location
        if let text = dsn {
            do throws(DatabaseError) {
                _ = try DataSourceName(text, directory: "")
            } catch {
                dsn = nil
                reader.report(.warning, at: location, "odbc-dsn cannot be used, so no database is asked: \(error)")
            }
        } else if nameSQL != nil || areaSQL != nil {
            reader.report(.warning, at: nil, "without odbc-dsn there is nobody whom sql could ask")
        }
    }
}

/// Reads the module's configuration without acting on it, for the check of a tree.
public enum CallerNameCheck {
    /// The configurations that it reads.
    public static let configurations = [CallerNameModule.configuration]

    /// What there is to say about a configuration.
    public static func diagnostics(for node: XMLNode) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        do throws(ConfigurationError) {
            _ = try CallerNameConfiguration(xml: node, diagnostics: &diagnostics)
            return diagnostics
        } catch {
            return error.diagnostics
        }
    }
}
