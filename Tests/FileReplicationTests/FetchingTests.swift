import Base
import Testing

@testable import FileReplication

/// What one node asks for and does to have the files of another one.
struct FetchingTests {
    private static let (peer, own) = (NodeID(1), NodeID(2))
    private static let now = MonotonicInstant.zero

    /// A node that is connected to one, and heard of these files of it.
    private static func replica(_ files: [(path: String, size: UInt64)]) throws -> FolderReplica {
        let members = [peer: "a", own: "b"]
        var replica = try FolderReplica(own: own, configuration: FolderConfiguration(members: members))
        replica.connected(peer, now: now)
        replica.received(.records(news(files, first: 1)), from: peer, now: now)
        return replica
    }

    /// What a peer tells of new files, the first of which has this number.
    private static func news(_ files: [(path: String, size: UInt64)], first: UInt64) -> [ReplicaMessage.RecordNews] {
        files.enumerated().map { number, file in
            var metadata = FileMetadata(kind: .file, mode: 0o640)
            metadata.size = file.size
            let version = FileVersion(
                dot: Dot(node: peer, counter: first + UInt64(number)),
                metadata: metadata,
                hash: testHash(Array(file.path.utf8)),
                owner: peer
            )
            var record = FileRecord()
            record.change(to: version, replacing: nil)
            return ReplicaMessage.RecordNews(path: path(file.path), record: record, isHeld: true, source: nil)
        }
    }

    /// What was to be done since the last time: jobs, and messages to the peer.
    private static func work(_ replica: inout FolderReplica) -> (jobs: [(JobID, ReplicaJob)], sent: [ReplicaMessage]) {
        var (jobs, sent): ([(JobID, ReplicaJob)], [ReplicaMessage]) = ([], [])
        for action in replica.popActions() {
            switch action {
            case .perform(let id, let job): jobs.append((id, job))
            case .send(_, let message): sent.append(message)
            case .store(let id, _, _): replica.stored(id, now: now)
            case .tell: break
            }
        }
        return (jobs, sent)
    }

    private static func questions(_ messages: [ReplicaMessage]) -> [ReplicaMessage.ContentQuestion] {
        messages.flatMap { message -> [ReplicaMessage.ContentQuestion] in
            if case .request(let questions) = message { questions } else { [] }
        }
    }

    private static func areListed(_ messages: [ReplicaMessage]) -> Bool {
        messages.contains { if case .listChunks = $0 { true } else { false } }
    }

    /// Nobody looks for chunks of a file of which nothing is here; no more is asked for, nor kept in mind, than the window
    /// holds, whatever size the peer tells.
    @Test(arguments: [300_000, 1 << 30, UInt64(Int64.max)]) func newFiles(size: UInt64) throws {
        var replica = try Self.replica([("file", size)])
        let begun = Self.work(&replica)
        let id = try #require(begun.jobs.first { $0.1 == .beginEmpty(testHash(Array("file".utf8))) }?.0)
        replica.finished(id, .done(nil), now: Self.now)
        let asked = Self.work(&replica)
        #expect(!Self.areListed(begun.sent + asked.sent))
        let questions = Self.questions(asked.sent)
        let window = UInt64(FolderConfiguration(members: [:]).window)
        #expect(questions.reduce(0) { $0 + UInt64($1.length) } == min(size, window))
        var offset: UInt64 = 0
        for question in questions {
            #expect(question.offset == offset)
            offset += UInt64(question.length)
        }
        #expect(replica.needs[path("file")]?.pieces.isEmpty == true)
    }

    /// What was fetched before a restart is not fetched again: its chunks are looked for.
    @Test func whatIsStagedIsUsed() throws {
        var replica = try Self.replica([("file", 1 << 30)])
        let id = try #require(Self.work(&replica).jobs.first { if case .beginEmpty = $0.1 { true } else { false } }?.0)
        replica.finished(id, .failed(.changed), now: Self.now)
        let asked = Self.work(&replica)
        #expect(Self.areListed(asked.sent))
        #expect(Self.questions(asked.sent).isEmpty)
    }

    /// Many small files are asked for with few messages, however the pieces come.
    @Test func questionsComeTogether() throws {
        let files = 1000
        var replica = try Self.replica((0..<files).map { ("file\($0)", 30_000) })
        var (messages, answered) = (0, 0)
        var work = Self.work(&replica)
        while !work.jobs.isEmpty || !work.sent.isEmpty {
            let questions = Self.questions(work.sent)
            messages += work.sent.count { if case .request = $0 { true } else { false } }
            for (id, _) in work.jobs {
                replica.finished(id, .done(FileIdentity(device: 1, inode: id.number)), now: Self.now)
            }
            for question in questions {
                let piece = ReplicaMessage.ContentPiece(
                    id: question.id,
                    bytes: Array(repeating: 7, count: Int(question.length))
                )
                replica.received(.data([piece]), from: Self.peer, now: Self.now)
                answered += 1
            }
            work = Self.work(&replica)
        }
        #expect(answered == files)
        #expect(messages < answered / 10)
    }

    /// The system tells of a file that this node puts in place: it is looked at once that is done, and not before.
    @Test func whatIsBeingPlacedIsNotRead() throws {
        var replica = try Self.replica([("file", 0)])
        let id = try #require(Self.work(&replica).jobs.first { if case .place = $0.1 { true } else { false } }?.0)
        replica.touched([path("file")], now: Self.now)
        #expect(Self.work(&replica).jobs.isEmpty)
        replica.finished(id, .done(FileIdentity(device: 1, inode: 2)), now: Self.now)
        let jobs = Self.work(&replica).jobs.map(\.1)
        #expect(jobs.count == 1)
        guard case .inspect(path("file"), _)? = jobs.first else {
            Issue.record("it is not looked at")
            return
        }
    }

    /// A small file is asked for though a large one takes all of the window.
    @Test func smallFilesHaveRoomBesideLargeOnes() throws {
        var replica = try Self.replica([("large", 1 << 30)])
        let id = try #require(Self.work(&replica).jobs.first { if case .beginEmpty = $0.1 { true } else { false } }?.0)
        replica.finished(id, .done(nil), now: Self.now)
        #expect(!Self.questions(Self.work(&replica).sent).isEmpty)
        replica.received(.records(Self.news([("small", 8000)], first: 2)), from: Self.peer, now: Self.now)
        #expect(Self.questions(Self.work(&replica).sent).map(\.length) == [8000])
    }

    /// Files of the size of recordings do not wait until large ones are through, however many these are, and these get on.
    @Test func largeFilesKeepNoOthersOut() throws {
        var replica = try Self.replica((0..<100).map { ("large \($0)", 1 << 30) })
        let begun = Self.work(&replica).jobs
        #expect(begun.count == Need.Bulk.large.most)
        for (id, _) in begun { replica.finished(id, .done(nil), now: Self.now) }
        var questions = Self.questions(Self.work(&replica).sent)
        #expect(!questions.isEmpty)
        let files = 40
        let recordings = (0..<files).map { ("recording \($0)", UInt64(1 << 20)) }
        replica.received(.records(Self.news(recordings, first: 1000)), from: Self.peer, now: Self.now)
        let bytes = [UInt8](repeating: 7, count: 256 << 10)
        var asked: [Bool: Int] = [:]
        var placed = 0
        for _ in 0..<1000 where placed < files {
            let work = Self.work(&replica)
            for (id, job) in work.jobs {
                if case .place = job { placed += 1 }
                replica.finished(id, .done(FileIdentity(device: 1, inode: id.number)), now: Self.now)
            }
            let more = Self.questions(work.sent)
            for question in more { asked[question.path < path("m"), default: 0] += Int(question.length) }
            questions += more
            guard !questions.isEmpty else { continue }
            let question = questions.removeFirst()
            let piece = ReplicaMessage.ContentPiece(id: question.id, bytes: Array(bytes.prefix(Int(question.length))))
            replica.received(.data([piece]), from: Self.peer, now: Self.now)
        }
        #expect(placed == files)
        let (large, medium) = (asked[true] ?? 0, asked[false] ?? 0)
        #expect(medium == files << 20)
        #expect(large > medium / 2 && large < medium * 2)
    }

    /// A small answer does not go in one message with a large one, which would be as slow as that.
    @Test func smallAnswersGoByThemselves() throws {
        var replica = try Self.replica([])
        let sizes: [UInt64] = [8000, 256 << 10, 9000]
        let files = sizes.map { size in
            var metadata = FileMetadata(kind: .file, mode: 0o640)
            metadata.size = size
            return (path("\(size)"), FileObservation(metadata: metadata, hash: testHash([UInt8(size % 251)])))
        }
        replica.observed(files, now: Self.now)
        while case let work = Self.work(&replica), !work.jobs.isEmpty || !work.sent.isEmpty {}
        let questions = files.enumerated().map { number, file in
            ReplicaMessage.ContentQuestion(
                id: UInt64(number),
                path: file.0,
                hash: testHash([UInt8(file.1.metadata.size % 251)]),
                offset: 0,
                length: UInt32(file.1.metadata.size)
            )
        }
        replica.received(.request(questions), from: Self.peer, now: Self.now)
        for (id, job) in Self.work(&replica).jobs {
            guard case .read(_, _, let length, _) = job else { continue }
            replica.finished(id, .bytes(Array(repeating: 1, count: length)), now: Self.now)
        }
        let answers = Self.work(&replica).sent.compactMap { message in
            if case .data(let pieces) = message { pieces.map(\.bytes.count) } else { nil }
        }
        #expect(answers == sizes.map { [Int($0)] })
    }
}
