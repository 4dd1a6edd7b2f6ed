import CPCRE2

/// Where a regular expression was found in a text.
public struct RegularExpressionMatch: Sendable, Hashable {
    /// The text that was searched.
    public let subject: String
    /// The byte range of the whole match and of each group; nil for a group that took no part.
    public let ranges: [Range<Int>?]

    /// The captured texts: the whole match first; a group that took no part is empty.
    public var captures: [String] {
        let bytes = Array(subject.utf8)
        return ranges.map { range in
            guard let range, range.lowerBound >= 0, range.upperBound <= bytes.count else { return "" }
            return String(decoding: bytes[range], as: UTF8.self)
        }
    }
}

/// The space that a match writes its captures to; one at a time, reused by the many matches of a hunt.
@safe
package final class MatchScratch {
    /// More groups than this match but are not captured.
    package static let maximumGroups = 64

    private(set) var data: OpaquePointer?

    /// Takes the space for one match.
    package init() {
        unsafe data = pcre2_match_data_create_8(UInt32(Self.maximumGroups), nil)
    }

    deinit { unsafe pcre2_match_data_free_8(data) }

    /// The ranges of the last match.
    package func match(in subject: String, groupCount: Int) -> RegularExpressionMatch {
        guard let data = unsafe data, let vector = unsafe pcre2_get_ovector_pointer_8(data) else {
            return RegularExpressionMatch(subject: subject, ranges: [])
        }
        let count = min(groupCount + 1, Int(unsafe pcre2_get_ovector_count_8(data)))
        let length = subject.utf8.count
        let ranges = (0..<count).map { index -> Range<Int>? in
            let (start, end) = unsafe (vector[index * 2], vector[index * 2 + 1])
            // A group that took no part has the largest possible offset; `\K` can put the start behind the end.
            guard start <= end, end <= length, start >= 0 else { return nil }
            return start..<end
        }
        return RegularExpressionMatch(subject: subject, ranges: ranges)
    }
}
