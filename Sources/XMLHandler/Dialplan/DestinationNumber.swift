/// The spellings in which a number that is called in from outside may arrive.
///
/// A row has the number in parts, of which those that it lacks are `NULL`: a spelling with such a part does not exist.
struct DestinationNumber {
    private static let parts = [
        ["prefix", "area_code", "number"], ["trunk_prefix", "area_code", "number"], ["prefix", "number"],
        ["area_code", "number"], ["number"],
    ]
    private static let partsAfterPlus = [["prefix", "number"], ["prefix", "area_code", "number"]]

    /// The columns of `v_destinations` that the spellings are made of.
    static let columns = [
        "destination_number", "destination_prefix", "destination_area_code", "destination_trunk_prefix",
    ]

    private let row: TableRow

    init(_ row: TableRow) {
        self.row = row
    }

    /// Whether a number is one of the spellings.
    func matches(_ number: String) -> Bool {
        Self.parts.contains { spelling($0) == number } || Self.partsAfterPlus.contains { spelling($0, "+") == number }
    }

    private func spelling(_ parts: [String], _ start: String = "") -> String? {
        var text = start
        for part in parts {
            guard let value = row["destination_\(part)"] else { return nil }
            text += value
        }
        return text
    }

    /// How long a number may be to be looked for, in characters; what is longer is in no row.
    private static let lengthLimit = 64

    /// What rows that match numbers may have as their `destination_number`: every spelling ends with it.
    static func candidates(for numbers: Set<String>) -> [String] {
        var candidates: Set<String> = []
        for number in numbers where number.unicodeScalars.count <= lengthLimit {
            for index in number.unicodeScalars.indices { candidates.insert(String(number[index...])) }
        }
        return candidates.sorted()
    }
}
