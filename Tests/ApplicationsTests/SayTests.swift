import Foundation
import SwitchCore
import Testing

@testable import Applications

/// Which prompts say what, in English.
struct SayTests {
    /// Thursday, 5 March 2026, 14:07:09 UTC.
    private static let moment = 1_772_719_629

    @Test(
        arguments: [
            (.number, .pronounced, "0", "digits/0"),
            (.number, .pronounced, "7", "digits/7"),
            (.number, .pronounced, "15", "digits/15"),
            (.number, .pronounced, "42", "digits/40 digits/2"),
            (.number, .pronounced, "100", "digits/1 digits/hundred"),
            (.items, .pronounced, "1,234", "digits/1 digits/thousand digits/2 digits/hundred digits/30 digits/4"),
            (.persons, .pronounced, "2000000", "digits/2 digits/million"),
            (.messages, .iterated, "204", "digits/2 digits/0 digits/4"),
            (.number, .counted, "3", "digits/h-3"),
            (.number, .counted, "12", "digits/h-12"),
            (.number, .counted, "20", "digits/h-20"),
            (.number, .counted, "121", "digits/1 digits/hundred digits/20 digits/h-1"),
            (.number, .pronouncedYear, "1999", "digits/19 digits/90 digits/9"),
            (.number, .pronouncedYear, "2005", "digits/2 digits/thousand digits/5"),
            (.number, .pronouncedYear, "1900", "digits/1 digits/thousand digits/9 digits/hundred"),
            (.number, .pronouncedYear, "1905", "digits/19 digits/5"),
            (.number, .pronouncedYear, "2026", "digits/2 digits/thousand digits/20 digits/6"),
            (.number, .pronouncedYear, "2126", "digits/20 digits/1 digits/20 digits/6"),
            (.currency, .pronounced, "$1.01", "digits/1 currency/dollar currency/and digits/1 currency/cent"),
            (
                .currency, .pronounced, "-2.5",
                "currency/negative digits/2 currency/dollars currency/and digits/50 currency/cents"
            ),
            (.currency, .pronounced, "3", "digits/3 currency/dollars"),
            (.currency, .pronounced, "3.", "digits/3 currency/dollars currency/and digits/0 currency/cents"),
            (.currency, .pronounced, "3.00", "digits/3 currency/dollars currency/and digits/0 currency/cents"),
            (.timeMeasurement, .pronounced, "3661", "digits/1 time/hour digits/1 time/minute digits/1 time/second"),
            (.timeMeasurement, .pronounced, "2:30", "digits/2 time/minutes digits/30 time/seconds"),
            (.timeMeasurement, .pronounced, "0", "digits/0 time/seconds"),
            (.telephoneNumber, .pronounced, "55*", "digits/5 digits/5 silence_stream://100"),
            (
                .telephoneNumber, .pronounced, "+1 (5)b",
                "ascii/43 digits/1 silence_stream://100 digits/5 silence_stream://100 ascii/98"
            ),
            (.telephoneExtension, .pronounced, "55*", "digits/5 digits/5 ascii/42"),
            (
                .ipAddress, .iterated, "10.0.0.1",
                "digits/1 digits/0 digits/dot digits/0 digits/dot digits/0 digits/dot digits/1"
            ),
            (.ipAddress, .pronounced, "::1", "ascii/58 ascii/58 digits/1"),
            (.nameSpelled, .pronounced, "Ab-1", "ascii/97 ascii/98 ascii/45 digits/1"),
            (.namePhonetic, .pronounced, "Ab", "phonetic-ascii/97 phonetic-ascii/98"),
            (.url, .pronounced, "a.b", "ascii/97 ascii/46 ascii/98"),
            (.currentTime, .pronounced, "\(moment)", "digits/2 time/oh digits/7 time/p-m"),
            (.currentTime, .iterated, "\(moment)", "digits/14 digits/0 digits/7 time/hours"),
            (.currentTime, .iterated, "\(moment - 429)", "digits/14 digits/hundred time/hours"),
            (.currentTime, .iterated, "\(moment - 6 * 3600)", "digits/0 digits/8 digits/0 digits/7 time/hours"),
            (.currentTime, .iterated, "\(moment - 429 - 14 * 3600)", "digits/20 digits/4 digits/hundred time/hours"),
            (
                .currentDateTime, .iterated, "\(moment + 600)",
                "time/day-4 time/mon-2 digits/h-5 digits/2 digits/thousand digits/20 digits/6 time/at digits/14 digits/17 time/hours"
            ),
            // Thursday, 24 December 1998.
            (
                .currentDate, .pronounced, "914500800",
                "time/day-4 time/mon-11 digits/20 digits/h-4 digits/19 digits/90 digits/8"
            ),
            (
                .currentDate, .pronounced, "\(moment)",
                "time/day-4 time/mon-2 digits/h-5 digits/2 digits/thousand digits/20 digits/6"
            ),
            (
                .currentDateTime, .pronounced, "\(moment - 429)",
                "time/day-4 time/mon-2 digits/h-5 digits/2 digits/thousand digits/20 digits/6 time/at digits/2 time/oclock time/p-m"
            ),
            (.shortDateTime, .pronounced, "\(moment)", "time/today time/at digits/2 time/oh digits/7 time/p-m"),
            (
                .shortDateTime, .pronounced, "\(moment - 86_400)",
                "time/yesterday time/at digits/2 time/oh digits/7 time/p-m"
            ),
            (
                .shortDateTime, .pronounced, "\(moment + 86_400)",
                "time/day-5 time/mon-2 digits/h-6 digits/2 digits/thousand digits/20 digits/6 time/at digits/2 time/oh digits/7 time/p-m"
            ),
            (
                .shortDateTime, .pronounced, "\(moment - 9 * 86_400)",
                "time/day-2 time/mon-1 digits/20 digits/h-4 time/at digits/2 time/oh digits/7 time/p-m"
            ),
            (
                .shortDateTime, .pronounced, "\(moment - 3 * 86_400)",
                "time/day-1 time/at digits/2 time/oh digits/7 time/p-m"
            ),
        ] as [(SayType, SayMethod, String, String)]
    )
    func says(_ type: SayType, _ method: SayMethod, _ text: String, _ prompts: String) throws {
        let spoken = try EnglishSay().prompts(for: SayRequest(type, method, text, now: Self.moment))
        #expect(spoken.map { $0.replacing(".wav", with: "") }.joined(separator: " ") == prompts)
    }

    @Test(
        arguments: [
            (.number, ""), (.number, "12a"), (.number, "1234567890"), (.currency, "."), (.currency, "1.2.3"),
            (.timeMeasurement, "x"), (.timeMeasurement, "1:2:3:4"), (.timeMeasurement, "99999999999999999999"),
            (.ipAddress, "1.2.3"),
        ] as [(SayType, String)]
    )
    func refuses(_ type: SayType, _ text: String) {
        #expect(throws: SayError.self) { try EnglishSay().prompts(for: SayRequest(type, .pronounced, text)) }
    }

    @Test(arguments: [
        ("say_string en.gsm en number pronounced 21", "file_string://digits/20.gsm!digits/1.gsm"),
        ("say_string en.gsm en telephone_number pronounced 1-", "file_string://digits/1.gsm!silence_stream://100"),
        ("say_string en-us en name_spelled iterated neuter ab", "file_string://ascii/97.wav!ascii/98.wav"),
        ("say_string en en nothing pronounced 1", "-ERR say knows no type \"nothing\"\n"),
        ("say_string xx xx number pronounced 1", "-ERR there is no say module for the language \"xx\"\n"),
    ])
    func answers(_ line: String, _ answer: String) throws {
        #expect(try TestSwitch("").command(line) == answer)
    }

    private static let program = "/usr/bin/flite"

    /// The program speaks what looks like a command as well, once for each text.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: program)))
    func speaks() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "speech-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let engine = Flite(program: Self.program, folder: folder)
        let path = try await engine.sound(of: "it's 'here'; $(exit 1)", voice: nil)
        let sound = try #require(FileManager.default.contents(atPath: path))
        #expect(sound.starts(with: Array("RIFF".utf8)))
        #expect(try await engine.sound(of: "it's 'here'; $(exit 1)", voice: nil) == path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
        await #expect(throws: SayError.self) { try await engine.sound(of: "x", voice: "a;b") }
    }
}
