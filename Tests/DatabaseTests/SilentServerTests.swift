import Glibc
import Testing

import enum Database.DatabaseDSN
import struct Database.DatabaseError
import class Database.DatabasePool
import struct Database.PoolSettings

/// Servers that take a connection and then say nothing more.
struct SilentServerTests {
    /// How far a server goes before it is silent.
    enum Silence: String, CaseIterable, Sendable {
        case atOnce
        case afterItsGreeting
        case afterLettingIn
    }

    /// Nobody waits for it longer than it may take to connect, and the thread that did is free again.
    @Test(arguments: Silence.allCases)
    func aSilentMariaDBIsGivenUp(_ silence: Silence) async throws {
        let server = try SilentServer(silence)
        var settings = PoolSettings(connections: 1)
        settings.connecting = .seconds(1)
        let name = "mariadb://Server=127.0.0.1;Port=\(server.port);Uid=u;Pwd=p;"
        let pool = DatabasePool(try DatabaseDSN(name, directory: ""), settings)
        for _ in 0..<2 {
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.query("SELECT 1", within: .seconds(60))
            }
            // Were it for the call's own deadline, it would be exhausted.
            #expect(error?.kind == .unavailable)
            #expect(error?.mayHaveExecuted == false)
        }
        await pool.close()
    }
}

/// A server of MariaDB's protocol as far as the test wants it, on threads of its own.
private final class SilentServer: Sendable {
    let port: UInt16
    private let listener: CInt

    struct Failure: Error {}

    /// MariaDB's reference, "Connection Phase": protocol 10, version, thread, two parts of the salt, capabilities.
    private static let greeting: [UInt8] = {
        var bytes: [UInt8] = [10] + Array("5.5.5-10.11.0-MariaDB\0".utf8) + [7, 0, 0, 0] + Array("abcdefgh\0".utf8)
        bytes += [0xFE, 0xF7, 33, 2, 0, 8, 0, 21] + Array(repeating: 0, count: 10)
        return bytes + Array("ijklmnopqrst\0mysql_native_password\0".utf8)
    }()

    init(_ silence: SilentServerTests.Silence) throws {
        listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0 && listen(listener, 8) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        guard isBound else { throw Failure() }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detach { Self.serve(listener, silence) }
    }

    deinit {
        shutdown(listener, CInt(SHUT_RDWR))
        close(listener)
    }

    private static func serve(_ listener: CInt, _ silence: SilentServerTests.Silence) {
        var connections: [CInt] = []
        while case let connection = accept(listener, nil, nil), connection >= 0 {
            connections.append(connection)
            guard silence != .atOnce else { continue }
            send(greeting, number: 0, to: connection)
            guard silence == .afterLettingIn else { continue }
            var answer = [UInt8](repeating: 0, count: 4096)
            guard recv(connection, &answer, answer.count, 0) > 0 else { continue }
            send([0, 0, 0, 2, 0, 0, 0], number: 2, to: connection)
        }
        for connection in connections { close(connection) }
    }

    private static func send(_ payload: [UInt8], number: UInt8, to connection: CInt) {
        let packet = [UInt8(payload.count), 0, 0, number] + payload
        _ = Glibc.send(connection, packet, packet.count, CInt(MSG_NOSIGNAL))
    }
}

private enum Thread {
    // What a thread does, for C.
    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    static func detach(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Work(body))
        let result = pthread_create(
            &thread,
            nil,
            { context in
                if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
                return nil
            },
            context.toOpaque()
        )
        if result == 0 { pthread_detach(thread) } else { context.release() }
    }
}
