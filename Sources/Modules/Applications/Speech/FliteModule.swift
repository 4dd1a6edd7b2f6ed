import Glibc
import Logging
import MediaEngine
public import SwitchCore
import XMLConfig

/// `mod_flite`: speech by the program `flite`, when it is installed.
public final class FliteModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_flite"

    /// Where packages put the program.
    private static let program = "/usr/bin/flite"

    private let softswitch: Switch

    /// The module for a switch.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
    }

    /// Registers the engine.
    ///
    /// - Throws: ``SayError`` when the program is not there.
    public func start() async throws {
        guard access(Self.program, X_OK) == 0 else { throw SayError("\(Self.program) is not installed") }
        let folder = softswitch.directories.cache + "/speech"
        softswitch.speechEngines.register(Flite(program: Self.program, folder: folder), as: "flite")
    }
}

/// Runs the program, a few at a time; what was said before is kept and said again.
final class Flite: SpeechEngine {
    /// How many run at once, and how many may wait.
    private static let (processes, queueLimit) = (2, 32)

    private let program: String
    private let folder: String
    private let pool = BlockingPool(threads: processes, queueLimit: queueLimit)

    init(program: String, folder: String) {
        (self.program, self.folder) = (program, folder)
    }

    func sound(of text: String, voice: String?) async throws(SayError) -> String {
        let voice = voice ?? "slt"
        // The name becomes part of a command line.
        guard voice.utf8.allSatisfy({ Self.isNameByte($0) }) else { throw SayError("\"\(voice)\" is no voice") }
        let path = "\(folder)/\(Self.digest("\(voice)\0\(text)")).wav"
        let (program, folder) = (program, folder)
        do {
            let isDone = try await pool.run { () -> Result<Bool, MediaError> in
                if access(path, R_OK) == 0 { return .success(true) }
                return .success(Self.speak(text, voice, program, folder: folder, into: path))
            }
            guard isDone else { throw SayError("the program failed") }
        } catch let error as SayError {
            throw error
        } catch {
            throw SayError("too many texts wait to be spoken")
        }
        return path
    }

    /// Runs on a thread of the pool: the text goes through a file, so that no shell reads it.
    private static func speak(_ text: String, _ voice: String, _ program: String, folder: String, into path: String)
        -> Bool
    {
        guard Folders.make(folder), let file = fopen(path + ".txt", "w") else { return false }
        let bytes = Array(text.utf8)
        let isWritten = fwrite(bytes, 1, bytes.count, file) == bytes.count
        guard fclose(file) == 0, isWritten else { return false }
        defer { unlink(path + ".txt") }
        let quoted = "'\(path.replacing("'", with: "'\\''"))"
        let command = "\(program) -voice \(voice) -f \(quoted).txt' -o \(quoted).part'"
        guard ShellCommand.run(command)?.isSuccess == true else { return false }
        return rename(path + ".part", path) == 0
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// A name for a text: two FNV-1a sums with different beginnings, for a chance equality would say the wrong text.
    private static func digest(_ text: String) -> String {
        let sums = [UInt64(0xCBF2_9CE4_8422_2325), 0x9AE1_6A3B_2F90_404F].map { start in
            text.utf8.reduce(start) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        }
        return sums.map { String($0, radix: 16) }.joined()
    }
}
