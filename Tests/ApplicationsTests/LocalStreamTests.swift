import Glibc
import LocalStream
import MediaEngine
import SwitchCore
import Synchronization
import TandemTesting
import Testing
import XMLConfig

/// Sounds that all who listen hear at the same place: names, commands, and what is heard.
@Suite(.serialized) struct LocalStreamTests {
    /// A configuration; each stream is written `name rate`, and their tunes are `tune`.
    private static func configuration(_ streams: [String], tune: String = "%(1000,0,440)") -> String {
        let directories = streams.map { stream in
            let words = stream.split(separator: " ")
            return """
                <directory name="\(words[0])" path="/nonexistent/\(words[0])"><param name="rate" value="\(words[1])"/>
                <param name="tune" value="tone_stream://v=-10;\(tune)"/></directory>
                """
        }
        return "<configuration name=\"local_stream.conf\">\(directories.joined())</configuration>"
    }

    /// Opens a sound and waits for the file threads.
    private static func open(_ name: String, rate: Int, on exchange: TestSwitch) -> Result<any AudioSource, MediaError>
    {
        let result = Mutex<Result<any AudioSource, MediaError>?>(nil)
        let softswitch = exchange.softswitch
        exchange.run {
            let opened: Result<any AudioSource, MediaError>
            do throws(MediaError) {
                opened = .success(try await softswitch.media.audio.open(name, rate: rate))
            } catch {
                opened = .failure(error)
            }
            result.withLock { $0 = opened }
        }
        _ = exchange.loop.runUntil { result.withLock { $0 != nil } }
        return result.withLock { $0 } ?? .failure(.overloaded)
    }

    /// Which stream is heard under a name, told by its rate; 0 is none.
    @Test(
        arguments: [
            ("moh", 8000, 24_000), ("moh", 16_000, 16_000), ("moh/8000", 16_000, 24_000), ("jazz", 48_000, 48_000),
            ("jazz", 8000, 12_000), ("a.example/jazz", 8000, 32_000), ("nothing", 8000, 12_000),
            ("default", 8000, 12_000), ("default", 48_000, 16_000), ("", 8000, 12_000),
        ]
    )
    func namesAreFound(_ name: String, _ rate: Int, _ found: Int) throws {
        let streams = [
            "default/8000 12000", "default 16000", "moh/8000 24000", "a.example/jazz 32000", "jazz/48000 48000",
        ]
        let exchange = try TestSwitch("", configuration: Self.configuration(streams))
        let source = try Self.open("local_stream://\(name)", rate: rate, on: exchange).get()
        #expect(source.rate == found)
    }

    /// Without a default there is nothing under a wrong name, which is told.
    @Test(arguments: ["nothing", "moh/", "default"]) func othersAreNot(_ name: String) throws {
        let exchange = try TestSwitch("", configuration: Self.configuration(["moh 8000"]))
        guard case .failure(let error) = Self.open("local_stream://\(name)", rate: 8000, on: exchange) else {
            Issue.record("\(name) is heard")
            return
        }
        #expect("\(error)".contains("there is no local stream \"\(name)\""))
    }

    @Test func commandsAnswer() throws {
        let exchange = try TestSwitch("", configuration: Self.configuration(["moh/8000 8000", "jazz 16000"]))
        let source = try Self.open("local_stream://jazz", rate: 16_000, on: exchange).get()
        let syntax = "-USAGE: <show|start|reload|stop|hup> <local_stream_name>\n"
        let details = """
            jazz
              location: /nonexistent/jazz
              channels: 1
              rate:     16000
              interval: 20
              samples:  320
              prebuf:   65536
              timer:    soft
              total:    1
              shuffle:  false
              ready:    true
              stopped:  false
              reloading: false

            """
        #expect(
            exchange.wrongAnswers([
                ("local_stream", syntax), ("local_stream  ", syntax), ("local_stream play x", syntax),
                ("local_stream stop", syntax), ("stop_local_stream", "-USAGE: <local_stream_name>\n"),
                ("local_stream show", "jazz,/nonexistent/jazz\nmoh/8000,/nonexistent/moh/8000\n"),
                ("show_local_stream", "jazz,/nonexistent/jazz\nmoh/8000,/nonexistent/moh/8000\n"),
                ("local_stream show jazz", details), ("show_local_stream jazz", details),
                ("local_stream show moh", "-ERR Cannot locate local_stream moh!\n"),
                ("local_stream vol jazz", "+OK vol stream: jazz is 0"),
                ("local_stream vol jazz 2", "+OK vol stream: jazz is 2"),
                ("local_stream vol jazz -99", "+OK vol stream: jazz is -50"),
                ("local_stream vol jazz 99", "+OK vol stream: jazz is 50"),
                ("local_stream vol jazz loud", "+OK vol stream: jazz is 0"),
                ("local_stream vol jazz auto:500", "-ERR a volume that follows the sound is not in this version\n"),
                ("local_stream vol moh 2", "-ERR Cannot locate local_stream moh!\n"),
                ("local_stream vol moh/8000", "+OK vol stream: moh/8000 is 0"),
                ("local_stream hup jazz", "+OK hup stream: jazz"), ("hup_local_stream jazz", "+OK hup stream: jazz"),
                ("local_stream reload jazz", "+OK"),
                ("reload_local_stream moh", "-ERR Cannot locate local_stream moh!\n"),
                ("local_stream start jazz", "+OK stream: jazz"), ("LOCAL_STREAM STOP jazz", "+OK"),
                ("local_stream stop jazz", "-ERR Cannot locate local_stream jazz!\n"),
                ("local_stream show", "moh/8000,/nonexistent/moh/8000\n"),
                ("start_local_stream jazz", "+OK stream: jazz"),
                ("local_stream start polka", "-ERR Cannot locate local_stream polka!\n"),
            ]) == []
        )
        let xml = exchange.command("local_stream show jazz as xml")
        #expect(xml.contains("<local_stream name=\"jazz\">\n  <location>/nonexistent/jazz</location>\n"))
        #expect(throws: Never.self) { try XMLDocument.parse(Array(xml.utf8), named: "answer") }
        source.close()
    }

    /// What stopped stays so when the configuration is read again; whoever listens goes on otherwise.
    @Test func reloads() throws {
        let exchange = try TestSwitch("", configuration: Self.configuration(["moh 8000", "jazz 8000"]))
        let source = try Self.open("local_stream://moh", rate: 8000, on: exchange).get()
        #expect(exchange.command("local_stream stop jazz") == "+OK")
        let softswitch = exchange.softswitch
        _ = exchange.run { await softswitch.modules.reloadAll(softswitch) }
        #expect(exchange.command("local_stream show") == "moh,/nonexistent/moh\n")
        #expect(Self.hear(800, from: source).contains { $0 != 0 })
        #expect(exchange.command("local_stream stop moh") == "+OK")
        #expect(Self.hear(800, from: source).isEmpty)
        #expect(exchange.run { await softswitch.modules.unload("mod_local_stream", from: softswitch) } == true)
        guard case .failure = Self.open("local_stream://moh", rate: 8000, on: exchange) else {
            Issue.record("a stream is heard without its module")
            return
        }
    }

    /// So many samples, or fewer when the sound is over; file threads are waited for.
    private static func hear(_ count: Int, from source: any AudioSource) -> [Int16] {
        var heard: [Int16] = []
        let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 160)
        defer { buffer.deallocate() }
        while heard.count < count {
            switch source.read(into: buffer) {
            case .samples(let number): heard += buffer[..<number]
            case .starved: sched_yield()
            case .finished: return heard
            }
        }
        return heard
    }

    // MARK: - What is heard

    /// A directory with sounds: `name level` is half a second of that amplitude, `name: text` a file with that text.
    private static func directory(_ files: [String]) throws -> TemporaryDirectory {
        let directory = TemporaryDirectory()
        for file in files {
            let path = "\(directory.path)/\(file.prefix { $0 != " " && $0 != ":" })"
            let rest = file.drop { $0 != " " && $0 != ":" }
            let bytes =
                rest.hasPrefix(":") ? Array(rest.dropFirst().utf8) : Self.sound(try #require(Int16(rest.dropFirst())))
            let handle = try #require(fopen(path, "w"))
            #expect(fwrite(bytes, 1, bytes.count, handle) == bytes.count)
            fclose(handle)
        }
        return directory
    }

    /// Half a second at 8000 Hz, as a file without a head (`.raw`).
    private static func sound(_ level: Int16) -> [UInt8] {
        (0..<4000).flatMap { _ in [UInt8(truncatingIfNeeded: level), UInt8(truncatingIfNeeded: level >> 8)] }
    }

    /// Which levels are heard in the first half seconds.
    @Test(
        arguments: [
            (["a.raw 100", "b.raw 200"], "", [100, 200, 100, 200]),
            (["b.raw 200", "a.raw 100", ".hidden.raw 300"], "", [100, 200, 100]),
            (["a.raw 100", "broken.wav: no sound"], "", [100, 100, 100]),
            (["list.loc:c.raw\nc.raw\n", "b.raw 200", "c.raw 300"], "", [200, 300, 300, 300, 200]),
            ([], "", [0, 0]),
            (["a.raw 100", "chime.raw 900"], "list", [100, 100, 100, 100, 900, 100]),
            (["a.raw 1000"], "volume -20", [100, 100]), (["a.raw -1000"], "volume 20", [-10_000]),
            (["a.raw 30000"], "volume 6", [32_767]), (["a.raw 1000"], "volume -50", [0]),
        ] as [([String], String, [Int16])]
    )
    func soundsAreHeard(_ files: [String], _ special: String, _ levels: [Int16]) throws {
        let directory = try Self.directory(files)
        var parameters = ""
        var path = directory.path
        if special.hasPrefix("volume ") {
            parameters = "<param name=\"volume\" value=\"\(special.dropFirst(7))\"/>"
        } else if special == "list" {
            // A list in the place of a directory, so that the chime is not music too.
            let list = "\(directory.path)/list.txt"
            let handle = try #require(fopen(list, "w"))
            fputs("a.raw\n", handle)
            fclose(handle)
            path = list
            parameters = """
                <param name="chime-list" value="\(directory.path)/chime.raw"/><param name="chime-freq" value="2"/>
                """
        }
        let xml = """
            <configuration name="local_stream.conf"><directory name="moh" path="\(path)">\(parameters)</directory>
            </configuration>
            """
        let exchange = try TestSwitch("", configuration: xml)
        let source = try Self.open("local_stream://moh", rate: 8000, on: exchange).get()
        let heard = Self.hear(levels.count * 4000, from: source)
        #expect(levels.indices.map { heard[$0 * 4000 + 2000] } == levels)
    }

    /// Each round has every sound; none comes twice in a row.
    @Test func shufflesEachRound() throws {
        let directory = try Self.directory((1...4).map { "\($0).raw \($0 * 100)" })
        let xml = """
            <configuration name="local_stream.conf"><directory name="moh" path="\(directory.path)">
            <param name="shuffle" value="true"/></directory></configuration>
            """
        let exchange = try TestSwitch("", configuration: xml)
        let source = try Self.open("local_stream://moh", rate: 8000, on: exchange).get()
        let heard = Self.hear(20 * 4000, from: source)
        let levels = (0..<20).map { heard[$0 * 4000 + 2000] }
        for round in 0..<5 { #expect(Set(levels[(round * 4)..<(round * 4 + 4)]) == [100, 200, 300, 400]) }
        #expect(zip(levels, levels.dropFirst()).allSatisfy { $0 != $1 })
    }

    // MARK: - Configuration

    @Test(
        arguments: [
            (
                "<directory name=\"a\" path=\"/b\"><param name=\"rate\" value=\"44100\"/></directory>",
                "rate is \"44100\""
            ),
            ("<directory name=\"a\"/>", "a directory needs name"),
            ("<directory name=\"a\" path=\"/b\"><param name=\"rte\" value=\"8000\"/></directory>", "rte"),
            ("<directory name=\"a\" path=\"/b\"><param name=\"tune\" value=\"x.wav\"/></directory>", "tune is"),
            ("<directory name=\"a\" path=\"/b\"><param name=\"interval\" value=\"15\"/></directory>", "interval is"),
            (
                "<directory name=\"a\" path=\"/b\"><param name=\"auto-volume\" value=\"2\"/></directory>",
                "auto-volume has no effect"
            ),
            ("<directory name=\"a\" path=\"/b\"><param name=\"volume\" value=\"51\"/></directory>", "volume is"),
            ("<directory name=\"a\" path=\"/b\"><param name=\"chime-freq\" value=\"1\"/></directory>", "chime-freq is"),
            ("<directory name=\"a\" path=\"/b\"><param name=\"chime-freq\" value=\"\"/></directory>", ""),
            ("<directory name=\"a\" path=\"/b\"><param name=\"timer-name\" value=\"soft\"/></directory>", ""),
        ]
    )
    func mistakesAreFound(_ directory: String, _ finding: String) throws {
        let text = "<configuration name=\"local_stream.conf\">\(directory)</configuration>"
        let node = try XMLDocument.parse(Array(text.utf8), named: "test")
        let found = LocalStreamCheck.diagnostics(for: node).map { "\($0)" }
        #expect(finding.isEmpty ? found.isEmpty : found.contains { $0.contains(finding) }, "\(found)")
    }
}
