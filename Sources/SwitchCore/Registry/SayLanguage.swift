/// How one language says numbers, times and names: what a module such as `mod_say_en` registers.
public protocol SayLanguage: Sendable {
    /// The prompts that say a text, one after the other, as `playback` would be given them.
    func prompts(for request: SayRequest) throws(SayError) -> [String]
}

/// What is to be said.
public struct SayRequest: Sendable {
    /// What the text is.
    public var type: SayType
    /// How it is said.
    public var method: SayMethod
    /// The grammatical gender, for languages that have one.
    public var gender: SayGender
    /// The text itself.
    public var text: String
    /// The present time in seconds since 1970, for a text that names none.
    public var now: Int
    /// Shows a time, in seconds since 1970, on the listener's calendar and clock.
    public var calendar: @Sendable (Int) -> BrokenDownTime

    /// A request.
    public init(
        _ type: SayType,
        _ method: SayMethod,
        _ text: String,
        gender: SayGender = .neuter,
        now: Int = 0,
        calendar: @escaping @Sendable (Int) -> BrokenDownTime = { BrokenDownTime(secondsSinceEpoch: $0) }
    ) {
        (self.type, self.method, self.gender, self.text) = (type, method, gender, text)
        (self.now, self.calendar) = (now, calendar)
    }
}

/// Why a text cannot be said.
public struct SayError: Error, Sendable, CustomStringConvertible {
    /// What is wrong with it.
    public let description: String

    /// An error in words.
    public init(_ description: String) { self.description = description }
}

/// What a text that is said stands for; the raw values are the words in dialplans.
public enum SayType: String, Sendable {
    case number, items, persons, messages, currency
    case timeMeasurement = "time_measurement"
    case currentDate = "current_date"
    case currentTime = "current_time"
    case currentDateTime = "current_date_time"
    case shortDateTime = "short_date_time"
    case telephoneNumber = "telephone_number"
    case telephoneExtension = "telephone_extension"
    case accountNumber = "account_number"
    case url
    case ipAddress = "ip_address"
    case emailAddress = "email_address"
    case postalAddress = "postal_address"
    case nameSpelled = "name_spelled"
    case namePhonetic = "name_phonetic"

    /// The type of a word, any case.
    public init?(word: String) { self.init(rawValue: word.lowercased()) }
}

/// How a text is said; the raw values are the words in dialplans.
public enum SayMethod: String, Sendable {
    /// As one number: four hundred twelve.
    case pronounced
    /// Digit by digit: four, one, two.
    case iterated
    /// As a place in an order: fourth.
    case counted
    /// As a year: nineteen ninety nine.
    case pronouncedYear = "pronounced_year"

    /// The method of a word, any case; `N/A` and unknown words are `pronounced`.
    public init(word: String?) { self = word.flatMap { SayMethod(rawValue: $0.lowercased()) } ?? .pronounced }
}

/// A grammatical gender; the raw values are the words in dialplans.
public enum SayGender: String, Sendable {
    case masculine, feminine, neuter

    /// The gender of a word, any case; unknown words are `neuter`.
    public init(word: String?) { self = word.flatMap { SayGender(rawValue: $0.lowercased()) } ?? .neuter }
}
