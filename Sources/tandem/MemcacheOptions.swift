import ArgumentParser
import Cache
import XMLConfig
import XMLHandler

/// The servers of memcached that keep documents; the parameters `memcache-…` of `xml_handler.conf` have the same names.
struct MemcacheOptions: ParsableArguments {
    @Option(help: "memcached servers that keep documents, too: host,host:port.")
    var memcacheServers: String?

    @Option(help: "A file with what those servers are shown: user:password.")
    var memcacheCredentials: String?

    @Option(help: "The language they are spoken to in: text, or binary, which SASL needs.")
    var memcacheProtocol = WireProtocol.text.rawValue

    @Option(help: "The documents' names there: own, or fusionpbx to share them with its script.")
    var memcacheNames = "own"

    @Option(help: "How keys are spread over the servers: ketama or modula.")
    var memcacheDistribution = "ketama"

    @Option(help: "What own names begin with.")
    var memcachePrefix = KeepingSettings().prefix

    /// Sets what is said of them.
    func apply(to keeping: inout KeepingSettings) throws {
        guard let names = KeepingSettings.names[memcacheNames], let wire = WireProtocol.named[memcacheProtocol],
            let distribution = ServerRing.Distribution.named[memcacheDistribution],
            let prefix = KeepingSettings.prefix(in: memcachePrefix),
            let servers = memcacheServers.map({ ServerAddress.list($0) }) ?? []
        else { throw ValidationError("one of the options --memcache-… says what cannot be") }
        (keeping.names, keeping.distribution, keeping.prefix) = (names, distribution, prefix)
        (keeping.servers, keeping.wire) = (servers, wire)
        guard let memcacheCredentials else { return }
        let bytes = try LocalFiles().contents(of: memcacheCredentials, limit: XMLHandlerCommand.credentialsLimit)
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        keeping.credentials = lines.first.flatMap { MemcachedCredentials(String($0)) }
        guard keeping.credentials != nil else {
            throw ValidationError("--memcache-credentials: \(memcacheCredentials) has no line user:password")
        }
    }
}
