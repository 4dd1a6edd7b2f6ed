import Base
import Cache

/// What the arguments of `memcache` ask for, as FreeSWITCH reads them.
enum MemcacheRequest: Hashable {
    case store(MemcachedCommand.Storing, MemcachedItem, seconds: Int)
    case get(String)
    case flags(String)
    /// Counts, and begins at the step where there is no such counter: at zero when it goes down.
    case count(String, up: Bool, by: UInt64, first: MemcachedItem, seconds: Int)
    case delete(String)
    case flush
    case status(isVerbose: Bool)

    /// What the command says when it does not understand.
    static let usage = """
        -ERR
        memcache <set|replace|add> <key> <value> [expiration [flags]]
        memcache <get|getflags> <key>
        memcache <delete> <key>
        memcache <increment|decrement> <key> [offset [expires [flags]]]
        memcache <flush>
        memcache <status> [verbose]


        """

    /// Reads the arguments; `nil` for what is none of these.
    init?(_ text: String) {
        let words = ListSplitter.split(text, by: " ", limit: 5)
        guard let verb = words.first?.lowercased() else { return nil }
        func word(_ index: Int) -> String? { index < words.count ? words[index] : nil }
        let key = word(1)
        switch (verb, key) {
        case ("set", let key?), ("add", let key?), ("replace", let key?):
            guard let storing = MemcachedCommand.Storing(rawValue: verb), let value = word(2) else { return nil }
            let item = MemcachedItem(key: key, flags: Self.flags(word(4)), value: Array(value.utf8))
            self = .store(storing, item, seconds: Self.number(word(3)))
        case ("get", let key?): self = .get(key)
        case ("getflags", let key?): self = .flags(key)
        case ("delete", let key?): self = .delete(key)
        case ("increment", let key?), ("decrement", let key?):
            let isUp = verb == "increment"
            let step = word(2).map { UInt64(UInt32(truncatingIfNeeded: Self.number($0))) } ?? 1
            let first = MemcachedItem(
                key: key,
                flags: Self.flags(word(4)),
                value: Array((isUp ? word(2) ?? "1" : "0").utf8)
            )
            self = .count(key, up: isUp, by: step, first: first, seconds: Self.number(word(3)))
        case ("flush", _): self = .flush
        case ("status", let detail): self = .status(isVerbose: detail?.lowercased() == "verbose")
        default: return nil
        }
    }

    /// The number that a text begins with; 0 without one, and where it is less.
    private static func number(_ text: String?) -> Int {
        let digits = (text ?? "").drop { $0 == " " || $0 == "+" }.prefix { $0.isASCII && $0.isNumber }
        return Int(digits) ?? (digits.isEmpty ? 0 : Int(Int32.max))
    }

    /// Flags are hexadecimal.
    private static func flags(_ text: String?) -> UInt32 {
        var digits = Substring(text ?? "")
        if digits.lowercased().hasPrefix("0x") { digits = digits.dropFirst(2) }
        return UInt32(digits.prefix { $0.isASCII && $0.isHexDigit }, radix: 16) ?? 0
    }
}
