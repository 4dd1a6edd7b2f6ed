import Logging
import TandemTesting
import Testing

@testable import CDR

/// Files of records and of lines, whatever is in their place already.
struct FileTests {
    /// Two rotations can have the same time: within a second, and when the clock is set back.
    @Test func keepsTheFilesOfEarlierRotations() async {
        let directory = TemporaryDirectory()
        let writer = LineWriter(
            directory: directory.path,
            capacity: 10,
            isDurable: true,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        writer.start()
        for line in ["one", "two", "three"] {
            writer.enqueue([FileLine(file: "Master.csv", text: line)])
            writer.rotate(to: "now")
        }
        await writer.stop()
        let names = directory.names()
        #expect(names == ["Master.csv.now", "Master.csv.now-1", "Master.csv.now-2"])
        #expect(names.map { directory.text($0) } == ["one\n", "two\n", "three\n"])
    }

    @Test(arguments: [true, false])
    func makesDirectories(isDurable: Bool) throws {
        let directory = TemporaryDirectory()
        try RecordFile.write(Array("record".utf8), to: directory.path + "/a/b/record", isDurable: isDurable)
        try RecordFile.extend(directory.path + "/c/d/lines", with: Array("line\n".utf8), isDurable: isDurable)
        try RecordFile.extend(directory.path + "/c/d/lines", with: Array("line\n".utf8), isDurable: isDurable)
        #expect(directory.text("a/b/record") == "record")
        #expect(directory.text("c/d/lines") == "line\nline\n")
    }

    @Test func leavesNothingBehindWhereItCannotWrite() throws {
        let directory = TemporaryDirectory()
        try RecordFile.makeDirectory(directory.path + "/record")
        #expect(throws: RecordFileError.self) {
            try RecordFile.write(Array("record".utf8), to: directory.path + "/record", isDurable: false)
        }
        #expect(directory.names() == ["record"])
    }
}
