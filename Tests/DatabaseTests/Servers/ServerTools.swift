import Glibc
import Synchronization
import TandemTesting

public import class Database.DatabasePool
public import struct Database.Statement

/// The names of tables are put into texts here, where nothing comes from outside.
extension Statement: ExpressibleByStringInterpolation {}

/// A table with a name that no other test has.
struct Table: CustomStringConvertible {
    let description: String
    private let pool: DatabasePool

    init(_ server: DatabaseServer, _ pool: DatabasePool, columns: String) async throws {
        description = "t\(UInt64.random(in: 0 ... .max))"
        self.pool = pool
        try await pool.execute(Statement("CREATE TABLE \(description) (\(columns))"))
    }

    /// Drops it, and closes the pool.
    func drop() async throws {
        try await pool.execute(Statement("DROP TABLE \(description)"))
        await pool.close()
    }
}

/// A number that threads count up.
final class Counter: Sendable {
    private let count = Mutex(0)

    @discardableResult
    func increment() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }

    var value: Int { count.withLock { $0 } }
}

/// Texts that threads put together.
final class Texts: Sendable {
    private let texts = Mutex<[String]>([])

    func append(_ text: String) { texts.withLock { $0.append(text) } }

    var all: [String] { texts.withLock { $0 } }
}

/// Where tasks wait for each other, once.
actor Meeting {
    private var arrived = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func arrive(and count: Int) async {
        arrived += 1
        if arrived == count {
            for continuation in waiting { continuation.resume() }
            waiting = []
        } else if arrived < count {
            await withCheckedContinuation { waiting.append($0) }
        }
    }
}

/// The threads of a process.
enum Threads {
    /// Whether all of them have stopped; a signal reaches one after the other.
    static func haveStopped(_ process: pid_t) -> Bool {
        guard let directory = opendir("/proc/\(process)/task") else { return false }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix("."), !hasStopped("/proc/\(process)/task/\(name)/stat") { return false }
        }
        return true
    }

    /// Whether the state, which follows the name in brackets, is T; a thread that has ended is none any more.
    private static func hasStopped(_ path: String) -> Bool {
        guard let file = fopen(path, "r") else { return true }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return true }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.split(separator: ")").last?.hasPrefix(" T") == true
    }
}
