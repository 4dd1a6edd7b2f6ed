import Glibc
import HTTPTransport
import Logging
import NIOCore
import NIOPosix
import Synchronization
import XMLConfig

extension Gateway {
    /// How long the file with cookies may be, in bytes.
    private static let cookieFileLimit = 1 << 20

    /// Why there can be no client.
    private struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    /// What talks to the web server.
    ///
    /// - Throws: Which certificate or which address cannot be used.
    func makeClient(group: any EventLoopGroup, logger: Logger) throws -> HTTPClient {
        var settings = HTTPClientSettings()
        settings.connectTimeout = .seconds(connectTimeout)
        settings.answerBytes = answerBytes
        settings.idleConnections = idleConnections
        settings.expectsContinue = expectsContinue
        settings.localAddress = try localAddress.map { try Self.address($0) }
        settings.cookies = cookieFile.map { Self.cookies($0, logger) }
        // A system that has no certificates can do without them until somebody asks for https.
        let tls = url.mayBeEncrypted ? try ClientTLS(self.tls) : try? ClientTLS(self.tls)
        return HTTPClient(group: group, tls: tls, settings: settings)
    }

    /// The address that is written, or the first one of an interface, `eth0` or `if!eth0` as curl has it.
    private static func address(_ text: String) throws -> SocketAddress {
        let name = ["if!", "host!"].first { text.hasPrefix($0) }.map { String(text.dropFirst($0.count)) } ?? text
        if let address = try? SocketAddress(ipAddress: name, port: 0) { return address }
        let devices = try System.enumerateDevices().filter { $0.name == name }.compactMap(\.address)
        let address = devices.first { $0.protocol == .inet } ?? devices.first { $0.protocol == .inet6 }
        guard let address else { throw Fault(description: "bind-local: \(text) is no address and no interface") }
        return address
    }

    private static func cookies(_ path: String, _ logger: Logger) -> CookieJar {
        let bytes = try? LocalFiles().contents(of: path, limit: cookieFileLimit)
        let file = CookieFile(path, logger)
        return CookieJar(
            String(decoding: bytes ?? [], as: UTF8.self),
            now: { Int64(time(nil)) },
            changed: { jar in NIOThreadPool.singleton.submit { _ in file.write(jar) } }
        )
    }
}

/// Where cookies are kept from one run to the next.
private final class CookieFile: Sendable {
    private let path: String
    private let logger: Logger
    /// One at a time.
    private let writing = Mutex(())

    init(_ path: String, _ logger: Logger) {
        (self.path, self.logger) = (path, logger)
    }

    func write(_ jar: CookieJar) {
        let isWritten = writing.withLock { _ in PrivateFile.replace(path, with: Array(jar.text.utf8)) }
        if !isWritten { logger.warning("cannot write the cookies to \(path)") }
    }
}
