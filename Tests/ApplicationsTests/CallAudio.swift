import Glibc
import MediaEngine
import SwitchCore
import Synchronization
import TandemTesting
import Testing

/// A sound that tests look for in what others hear.
enum CallAudio {
    /// A steady tone, for longer than any test lasts.
    static let tone = "tone_stream://v=-10;%(60000,0,440)"
    /// The mean amplitude above which it is heard.
    static let loudness = 2000
}

/// A file that nobody else has, gone with the test.
final class RecordedSound {
    let path = "/tmp/tandem-test-\(getpid())-\(UInt64.random(in: 0 ... .max)).wav"

    deinit { unlink(path) }

    var exists: Bool { access(path, F_OK) == 0 }

    /// Whether a text is in it.
    func contains(_ text: String) -> Bool {
        guard let file = fopen(path, "r") else { return false }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 100_000)
        let count = fread(&bytes, 1, bytes.count, file)
        return bytes.prefix(count).firstRange(of: Array(text.utf8)) != nil
    }

    /// How many channels its header says that it has.
    var channels: Int? { header.map { Int($0[22]) } }

    /// How many samples a second its header says that it has.
    var rate: Int? { header.map { Int($0[24]) | Int($0[25]) << 8 } }

    /// The beginning of its header.
    private var header: [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var header = [UInt8](repeating: 0, count: 26)
        return fread(&header, 1, header.count, file) == header.count ? header : nil
    }

    /// The mean amplitude of its end, where everything that was asked for has come about on a busy machine too.
    func level(in exchange: TestSwitch) throws -> Int {
        let (path, softswitch) = (path, exchange.softswitch)
        let level = Mutex<Int?>(nil)
        exchange.run {
            guard let source = try? await softswitch.media.audio.open(path) else { return }
            level.withLock { $0 = Self.level(of: source) }
        }
        _ = exchange.loop.runUntil { level.withLock { $0 != nil } }
        return try #require(level.withLock { $0 })
    }

    private static func level(of source: any AudioSource) -> Int {
        var magnitudes: [Int] = []
        let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 160)
        defer { buffer.deallocate() }
        while case .samples(let number) = source.read(into: buffer) {
            magnitudes += buffer[..<number].map { Int($0.magnitude) }
        }
        let end = magnitudes.suffix(3200)
        return end.reduce(0, +) / max(end.count, 1)
    }
}

extension CallerFixture {
    /// The channel at the other end of the call inside the switch: what its stream plays, the call's far end says.
    func farEnd() throws -> Session {
        try #require(softswitch.sessions[variable("other_loopback_leg_uuid") ?? ""])
    }

    /// What is left when the caller has gone, and the files of its recordings are complete.
    func leftoversAfterFiles() -> [Int] {
        caller.requestHangUp(.normalClearing)
        _ = exchange.loop.runUntil { softswitch.sessions.count == 0 }
        return leftovers()
    }
}

extension Session {
    /// Lets the channel's stream play a sound.
    nonisolated func say(_ sound: String, in exchange: TestSwitch) {
        exchange.run {
            guard let source = try? await self.softswitch.media.audio.open(sound) else { return }
            _ = await self.media?.play(source)
        }
    }
}
