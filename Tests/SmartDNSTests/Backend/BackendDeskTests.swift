import Base
import Synchronization
import TandemTesting
import Testing
import XMLConfig

@testable import SmartDNS

/// Keys of zones: what PowerDNS is told to be kept is there after a restart.
struct BackendDeskTests {
    private static let added =
        #"{"method":"addDomainKey","parameters":{"name":"example.net.","key":{"flags":257,"content":"Private"}}}"#
    private static let keys = #"{"method":"getDomainKeys","parameters":{"name":"example.net."}}"#

    private let notes = Notes()
    private let directory = TemporaryDirectory()

    private final class Notes: Sendable {
        let lines = Mutex<[String]>([])
    }

    private func desk(_ path: String) throws -> BackendDesk {
        let notes = notes
        return BackendDesk(SteeringDesk(try Example.configuration()), keys: path) { line in
            notes.lines.withLock { $0.append(line) }
        }
    }

    private func ask(_ desk: BackendDesk, _ question: String) -> String { desk.answer(Array(question.utf8)) }

    @Test func kept() throws {
        let path = directory.path + "/keys"
        #expect(ask(try desk(path), Self.added) == #"{"result":1}"#)
        #expect(ask(try desk(path), Self.keys).contains(#""content":"Private""#))
        #expect(notes.lines.withLock { $0 } == [])
    }

    @Test func notWritten() throws {
        let desk = try desk(directory.path + "/nowhere/keys")
        #expect(ask(desk, Self.added) == #"{"result":false}"#)
        #expect(ask(desk, Self.keys) == #"{"result":[]}"#)
        #expect(notes.lines.withLock { $0.count } == 1)
    }

    @Test func notUnderstood() throws {
        let path = directory.path + "/keys"
        let bytes = Array("half of a fi".utf8)
        try LocalFiles.replace(path, with: bytes)
        let desk = try desk(path)
        #expect(ask(desk, Self.added) == #"{"result":false}"#)
        #expect(try LocalFiles().contents(of: path, limit: 100) == bytes)
        #expect(notes.lines.withLock { $0.count } == 2)
    }
}
