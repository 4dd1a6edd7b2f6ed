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

    /// Hashed denials count when PowerDNS makes them up for each answer.
    ///
    /// `pdnsutil set-nsec3` says the parameters first. When that does not follow, none are left, and it fails.
    @Test func hashedDenials() throws {
        let desk = try desk(directory.path + "/keys")
        func set(_ kind: String, _ values: String) -> String {
            ask(
                desk,
                #"{"method":"setDomainMetadata","parameters":{"name":"example.net.","kind":"\#(kind)","value":[\#(values)]}}"#
            )
        }
        func all() -> String { ask(desk, #"{"method":"getAllDomainMetadata","parameters":{"name":"example.net."}}"#) }
        func hashed() -> String {
            ask(desk, #"{"method":"getDomainMetadata","parameters":{"name":"example.net.","kind":"NSEC3PARAM"}}"#)
        }
        #expect(set("NSEC3PARAM", #""1 0 0 -""#) == #"{"result":true}"#)
        #expect(all() == #"{"result":{}}"# && hashed() == #"{"result":[]}"#)
        #expect(set("NSEC3NARROW", "") == #"{"result":false}"#)
        #expect(set("NSEC3NARROW", #""1""#) == #"{"result":true}"#)
        #expect(hashed() == #"{"result":[]}"#, "nothing is left of what was refused")
        #expect(set("NSEC3PARAM", #""1 0 0 -""#) == #"{"result":true}"#)
        #expect(hashed() == #"{"result":["1 0 0 -"]}"#)
        #expect(all() == #"{"result":{"NSEC3NARROW":["1"],"NSEC3PARAM":["1 0 0 -"]}}"#)
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
