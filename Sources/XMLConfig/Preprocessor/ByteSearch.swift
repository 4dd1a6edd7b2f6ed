import Base

extension ArraySlice<UInt8> {
    /// Where a text begins first, found byte by byte.
    func firstIndex(of text: StaticString) -> Int? {
        search(text) { $0 == $1 }
    }

    /// Where a text begins first when ASCII letters compare without case; the text is given in small letters.
    func firstIndex(ofFolded text: StaticString) -> Int? {
        search(text) { $0.lowercasedASCII == $1 }
    }

    private func search(_ text: StaticString, _ isSame: (UInt8, UInt8) -> Bool) -> Int? {
        let count = text.utf8CodeUnitCount
        guard self.count >= count, count > 0 else { return nil }
        return text.withUTF8Buffer { wanted in
            let first = unsafe wanted[0]
            var index = startIndex
            while index <= endIndex - count {
                if isSame(self[index], first) {
                    var length = 1
                    while length < count, unsafe isSame(self[index + length], wanted[length]) { length += 1 }
                    if length == count { return index }
                }
                index += 1
            }
            return nil
        }
    }

    /// The slice without spaces and tabs at its ends.
    var trimmed: ArraySlice<UInt8> {
        var slice = self
        while slice.first?.isBlank == true { slice.removeFirst() }
        while slice.last?.isBlank == true { slice.removeLast() }
        return slice
    }

    var text: String { String(decoding: self, as: UTF8.self) }
}
