import Base
import SwitchCore

/// The words of an application's data.
struct Arguments {
    private let words: [String]

    /// Splits at spaces (or at the delimiter that `^^` names), quotes respected.
    init(_ data: String, limit: Int = ListSplitter.maximumItems) {
        words = data.isEmpty ? [] : ListSplitter.split(data, by: " ", limit: limit)
    }

    var count: Int { words.count }

    /// A word by its position; `nil` when it is not there or empty.
    subscript(_ index: Int) -> String? {
        words.indices.contains(index) && !words[index].isEmpty ? words[index] : nil
    }

    /// A word as a number.
    func integer(_ index: Int) -> Int? { self[index].flatMap { Int($0) } }

    /// A word as milliseconds.
    func milliseconds(_ index: Int, default fallback: Duration) -> Duration {
        guard let number = integer(index), number >= 0 else { return fallback }
        return .milliseconds(min(number, Self.longestMilliseconds))
    }

    private static let longestMilliseconds = 86_400_000
}

extension String {
    /// What `set` and its kin are given: parts at the first `=`, or where there is none at the first `,`; a name alone has no
    /// value.
    var settingOfVariable: (name: String, value: String) {
        guard let sign = firstIndex(of: "=") ?? firstIndex(of: ",") else { return (self, "") }
        return (String(self[..<sign]), String(self[index(after: sign)...]))
    }

    /// Parts at the first `=`; `nil` without one.
    var assignment: (name: String, value: String)? {
        guard let equals = firstIndex(of: "=") else { return nil }
        return (String(self[..<equals]), String(self[index(after: equals)...]))
    }
}
