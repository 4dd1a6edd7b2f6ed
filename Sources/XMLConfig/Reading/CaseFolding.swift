import Base

extension String {
    /// The text with ASCII letters made small: what keys that compare without case are stored under.
    var foldedASCII: String {
        guard utf8.contains(where: { $0 != $0.lowercasedASCII }) else { return self }
        return String(decoding: utf8.map(\.lowercasedASCII), as: UTF8.self)
    }
}
