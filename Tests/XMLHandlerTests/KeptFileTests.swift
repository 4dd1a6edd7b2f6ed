import Base
import Glibc
import TandemTesting
import Testing

@testable import XMLHandler

/// Files of what the database holds.
struct KeptFileTests {
    private let directory = TemporaryDirectory()

    private func keep(_ name: String, _ text: String) -> KeptFile.Outcome {
        KeptFile.keep("\(directory.path)/\(name)", Array(text.utf8))
    }

    @Test func areWrittenWhereTheyDiffer() {
        for (text, outcome) in [
            ("one", KeptFile.Outcome.written), ("one", .same), ("longer", .written), ("short", .written),
            ("", .written),
        ] {
            #expect(keep("tenant/greet.wav", text) == outcome, "\(text)")
            #expect(directory.text("tenant/greet.wav") == text)
        }
        #expect(LocalFile.permissions("\(directory.path)/tenant/greet.wav").map { $0 & 0o137 } == 0)
        #expect(names(in: "tenant") == ["greet.wav"])
    }

    /// As `MD5` of a database has it of the base64.
    @Test func digests() {
        let path = directory.write("hello", to: "greet.wav")
        #expect(KeptFile.digest(of: path, limit: 5) == "0733351879b2fa9bd05c7ca3061529c0")
        #expect(KeptFile.digest(of: path, limit: 4) == nil)
        #expect(KeptFile.digest(of: path + "x", limit: 5) == nil)
    }

    /// Whatever a link leads to stays as it is.
    @Test func linksAreReplaced() {
        let other = directory.write("other", to: "other.wav")
        #expect(symlink(other, "\(directory.path)/greet.wav") == 0)
        #expect(keep("greet.wav", "hello") == .written)
        #expect(directory.text("greet.wav") == "hello")
        #expect(directory.text("other.wav") == "other")
    }

    @Test func whatIsThereStays() {
        directory.write("file", to: "tenant")
        guard case .failed(let reason) = keep("tenant/greet.wav", "hello") else {
            Issue.record("a directory cannot be in the place of a file")
            return
        }
        #expect(reason.contains(directory.path))
        #expect(directory.text("tenant") == "file")
        #expect(mkdir("\(directory.path)/greet.wav", 0o755) == 0)
        guard case .failed = keep("greet.wav", "hello") else {
            Issue.record("a file cannot be in the place of a directory")
            return
        }
        #expect(names(in: "").filter { $0.hasPrefix(".") }.isEmpty)
    }

    private func names(in folder: String) -> [String] {
        guard let stream = opendir("\(directory.path)/\(folder)") else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
