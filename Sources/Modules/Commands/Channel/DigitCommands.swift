import MediaEngine
import SwitchCore

/// Keys.
enum DigitCommands {
    static let all: [APICommand] = [
        .channel(
            "uuid_send_dtmf",
            "<uuid> <dtmf_data>",
            summary: "sends keys to the far end",
            words: 2,
            missing: .cannotLocate
        ) { session, words in
            for run in KeyRun.reading(words[1], lengths: session.softswitch.configuration.keyLengths) {
                let length = Duration.milliseconds(run.milliseconds)
                guard await session.sendKeys(run.keys, each: length) else { return CommandText.failed }
            }
            return "+OK \(words[0]) sent DTMF \(words[1]).\n"
        },
        .channel(
            "uuid_recv_dtmf",
            "<uuid> <dtmf_data>",
            summary: "takes keys as if the far end had sent them",
            words: 2,
            missing: .cannotLocate
        ) { session, words in
            for run in KeyRun.reading(words[1], lengths: session.softswitch.configuration.keyLengths) {
                for digit in run.keys.uppercased().prefix(Session.digitLimit) where known.contains(digit) {
                    await session.receivedDigit(digit, milliseconds: run.milliseconds)
                }
            }
            return "+OK \(words[0]) received DTMF \(words[1]).\n"
        },
        .channel(
            "uuid_drop_dtmf",
            dropSyntax,
            summary: "keeps keys from the far end",
            words: 4,
            missing: .named,
            body: drop
        ),
        .channel(
            "uuid_flush_dtmf",
            "<uuid>",
            summary: "forgets the keys that nobody took",
            missing: .text("-ERR No such session\n")
        ) { session, _ in
            await session.flushDigits()
            return CommandText.done
        },
    ]

    private static let dropSyntax = "<uuid> [on | off ] [ mask_digits <digits> | mask_file <file>]"

    /// Tells what is in force then; a mask has to be named with either.
    private static let drop: @Sendable (Session, [String]) async -> String = { session, words in
        let (kind, mask) = (words[2].lowercased(), words[3])
        guard kind == "mask_digits" || kind == "mask_file" else { return CommandText.usage(dropSyntax) }
        let (keys, sound) = kind == "mask_digits" ? (mask, nil) : (nil, mask)
        let isOn = words[1].lowercased() == "on"
        await session.dropKeys(isOn, maskedBy: keys, sound: sound)
        return "+OK \(words[0]) is \(isOn ? "" : "not ")dropping DTMF. "
            + "mask_file: \(sound ?? "NONE") mask_digits: \(keys ?? "NONE")\n"
    }

    private static let known = Set("0123456789*#ABCDF")
}
