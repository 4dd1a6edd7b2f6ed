import SwitchCore

/// English for `say`: which prompts say a number, a time, a name.
struct EnglishSay: SayLanguage {
    /// The longest text that is spelled.
    static let spellingLimit = 256

    func prompts(for request: SayRequest) throws(SayError) -> [String] {
        switch request.type {
        case .number, .items, .persons, .messages:
            try Self.number(request.text, request.method)
        case .currency:
            try Self.money(request.text, request.method)
        case .timeMeasurement:
            try Self.duration(request.text)
        case .currentDate, .currentTime, .currentDateTime, .shortDateTime:
            Self.moment(request)
        case .ipAddress:
            try Self.address(request.text, request.method)
        case .namePhonetic:
            Self.spelled(request.text, in: "phonetic-ascii")
        case .telephoneNumber:
            Self.telephoneNumber(request.text)
        case .telephoneExtension, .accountNumber, .url, .emailAddress, .postalAddress, .nameSpelled:
            Self.spelled(request.text, in: "ascii")
        }
    }

    // MARK: - Numbers

    private static func number(_ text: String, _ method: SayMethod) throws(SayError) -> [String] {
        guard let number = EnglishNumber(text: text) else {
            throw SayError("\"\(text)\" is no number that can be said")
        }
        return switch method {
        case .pronounced: number.prompts()
        case .counted: number.prompts(isCounted: true)
        case .pronouncedYear: number.yearPrompts()
        case .iterated: spelled(text.filter { $0 != "," }, in: "ascii")
        }
    }

    /// Dollars, and cents where there are any; a sign and other marks around the digits do not count.
    private static func money(_ text: String, _ method: SayMethod) throws(SayError) -> [String] {
        let kept = text.filter { ("0"..."9").contains($0) || ".-+".contains($0) }
        let isNegative = kept.hasPrefix("-")
        let parts = kept.drop { "+-".contains($0) }.split(separator: ".", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, kept.contains(where: \.isNumber) else {
            throw SayError("\"\(text)\" is no amount of money")
        }
        let dollars = first.isEmpty ? "0" : String(first)
        var prompts = isNegative ? ["currency/negative.wav"] : []
        prompts += try number(dollars, method)
        prompts.append(Int(dollars) == 1 ? "currency/dollar.wav" : "currency/dollars.wav")
        guard parts.count > 1 else { return prompts }
        // "5.5" is five dollars and fifty cents.
        let fraction = String(parts[1].prefix(2))
        let cents = fraction.isEmpty ? "0" : fraction.count == 1 ? fraction + "0" : fraction
        prompts.append("currency/and.wav")
        prompts += try number(cents, method)
        prompts.append(Int(cents) == 1 ? "currency/cent.wav" : "currency/cents.wav")
        return prompts
    }

    // MARK: - Times

    /// Seconds, `minutes:seconds` or `hours:minutes:seconds`; parts that are zero are left out.
    private static func duration(_ text: String) throws(SayError) -> [String] {
        let parts = text.split(separator: ":").map { Int($0) }
        var seconds = 0
        for part in parts {
            guard let part, (0...EnglishNumber.maximum).contains(part) else {
                throw SayError("\"\(text)\" is no duration")
            }
            seconds = seconds * 60 + part
        }
        guard !parts.isEmpty, parts.count <= 3 else { throw SayError("\"\(text)\" is no duration") }
        var prompts: [String] = []
        for (count, unit) in [(seconds / 3600, "hour"), (seconds / 60 % 60, "minute"), (seconds % 60, "second")] {
            guard count > 0, let number = EnglishNumber(count) else { continue }
            prompts += number.prompts() + ["time/\(unit)\(count == 1 ? "" : "s").wav"]
        }
        return prompts.isEmpty ? ["digits/0.wav", "time/seconds.wav"] : prompts
    }

    /// A date, a time, or both; without a time in seconds since 1970 it is the present one.
    private static func moment(_ request: SayRequest) -> [String] {
        let given = Int(request.text).flatMap { $0 > 0 ? $0 : nil }
        let moment = request.calendar(given ?? request.now)
        let time = request.method == .iterated ? hours(moment) : clock(moment)
        switch request.type {
        case .currentDate: return date(moment)
        case .currentTime: return time
        case .currentDateTime: return date(moment) + ["time/at.wav"] + time
        default: return shortDate(moment, now: request.calendar(request.now)) + ["time/at.wav"] + time
        }
    }

    private static func date(_ moment: BrokenDownTime) -> [String] {
        monthAndDay(moment) + (EnglishNumber(moment.year)?.yearPrompts() ?? [])
    }

    private static func monthAndDay(_ moment: BrokenDownTime) -> [String] {
        // Days count from Sunday and months from January, both from 0.
        ["time/day-\(moment.weekday - 1).wav", "time/mon-\(moment.month - 1).wav"]
            + (EnglishNumber(moment.day)?.prompts(isCounted: true) ?? [])
    }

    /// Today, yesterday, the day of the last days, or the date, which has a year where that is not plain.
    private static func shortDate(_ moment: BrokenDownTime, now: BrokenDownTime) -> [String] {
        guard moment.year == now.year, moment.yearDay <= now.yearDay else { return date(moment) }
        return switch now.yearDay - moment.yearDay {
        case 0: ["time/today.wav"]
        case 1: ["time/yesterday.wav"]
        case 2...5: ["time/day-\(moment.weekday - 1).wav"]
        default: monthAndDay(moment)
        }
    }

    private static func clock(_ moment: BrokenDownTime) -> [String] {
        let hour = moment.hour % 12 == 0 ? 12 : moment.hour % 12
        var prompts = EnglishNumber(hour)?.prompts() ?? []
        let minute = EnglishNumber(moment.minute)?.prompts() ?? []
        switch moment.minute {
        case 0: prompts.append("time/oclock.wav")
        case 1...9: prompts += ["time/oh.wav"] + minute
        default: prompts += minute
        }
        return prompts + [moment.hour < 12 ? "time/a-m.wav" : "time/p-m.wav"]
    }

    /// The time in 24 hours: oh seven oh five hours, fourteen hundred hours.
    private static func hours(_ moment: BrokenDownTime) -> [String] {
        let hour = moment.hour == 0 && moment.minute == 0 ? 24 : moment.hour
        var prompts = (hour < 10 ? ["digits/0.wav"] : []) + (EnglishNumber(hour)?.prompts() ?? [])
        let minute = EnglishNumber(moment.minute)?.prompts() ?? []
        switch moment.minute {
        case 0: prompts.append("digits/hundred.wav")
        case 1...9: prompts += ["digits/0.wav"] + minute
        default: prompts += minute
        }
        return prompts + ["time/hours.wav"]
    }

    // MARK: - Names

    /// Digits, letters and the plus sign; other marks are a pause, however many stand side by side.
    private static func telephoneNumber(_ text: String) -> [String] {
        var prompts: [String] = []
        for byte in text.lowercased().utf8.prefix(spellingLimit) {
            switch byte {
            case 48...57: prompts.append("digits/\(byte - 48).wav")
            case 43, 97...122: prompts.append("ascii/\(byte).wav")
            default: if prompts.last != pause { prompts.append(pause) }
            }
        }
        return prompts
    }

    private static let pause = "silence_stream://100"

    /// Letter by letter; digits have their own prompts.
    private static func spelled(_ text: String, in folder: String) -> [String] {
        text.lowercased().utf8.prefix(spellingLimit).map { byte in
            (48...57).contains(byte) ? "digits/\(byte - 48).wav" : "\(folder)/\(byte).wav"
        }
    }

    /// Numbers with dots between them; an IPv6 address is spelled.
    private static func address(_ text: String, _ method: SayMethod) throws(SayError) -> [String] {
        if text.contains(":") { return spelled(text, in: "ascii") }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { throw SayError("\"\(text)\" is no address") }
        var prompts: [String] = []
        for part in parts {
            if !prompts.isEmpty { prompts.append("digits/dot.wav") }
            prompts += try number(String(part), method)
        }
        return prompts
    }
}
