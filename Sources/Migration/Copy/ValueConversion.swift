import Base
import Database

/// What becomes of the values of one column on their way from one database to another.
struct ValueConversion: Sendable, Hashable {
    /// What the column holds in the source.
    let source: ColumnKind
    /// What it holds in the target.
    let target: ColumnKind
    /// The kind of database that the target is.
    let dialect: SQLDialect

    /// The value for the target; `nil` for one that it cannot keep.
    ///
    /// An empty text is nothing, where the target has no texts.
    func convert(_ value: SQLValue) -> SQLValue? {
        if value == .null { return .null }
        if target != .text, target != .bytes, value == .text("") { return .null }
        return switch target {
        case .text: text(value)
        case .bytes: value.bytes.map { .bytes($0) }
        case .uuid: identifier(value)
        case .boolean: value.boolean.map { .boolean($0) }
        case .integer: value.integer.map { .integer($0) }
        case .decimal(let scale): decimal(value, scale)
        case .real: value.real.map { .real($0) }
        case .timestamp: moment(value).map { .text($0.text(offset: Self.offset(dialect))) }
        case .date: moment(value).map { .text($0.day) }
        case .json: text(value)
        }
    }

    /// How a moment of UTC ends: SQLite's functions want minutes, MariaDB's type knows no zone.
    private static func offset(_ dialect: SQLDialect) -> String {
        switch dialect {
        case .sqlite: "+00:00"
        case .postgreSQL: "+00"
        case .mariaDB: ""
        }
    }

    private func text(_ value: SQLValue) -> SQLValue? {
        // SQLite and MariaDB give numbers for truths; as texts, these are words.
        if source == .boolean, let truth = value.boolean { return .text(truth ? "true" : "false") }
        guard let text = value.text, dialect != .postgreSQL || !text.utf8.contains(0) else { return nil }
        return .text(text)
    }

    /// How long a text may be that is kept in the place of an identifier, in bytes.
    private static let identifierLimit = 36

    /// PostgreSQL takes nothing but identifiers in their usual form; the others have characters.
    private func identifier(_ value: SQLValue) -> SQLValue? {
        guard let text = value.text, text.utf8.count <= Self.identifierLimit else { return nil }
        guard dialect == .postgreSQL else { return .text(text) }
        let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }
        return digits.count == 32 && digits.allSatisfy { $0.hexDigit != nil } ? .text(text) : nil
    }

    /// A decimal stays the text that it is: a number of the machine's would lose some of it.
    private func decimal(_ value: SQLValue, _ scale: Int?) -> SQLValue? {
        if case .boolean(let truth) = value { return .integer(truth ? 1 : 0) }
        guard let text = value.text, let number = Double(text), number.isFinite else { return nil }
        // MariaDB would round what does not fit, without a word.
        if dialect == .mariaDB, let scale, let point = text.firstIndex(of: ".") {
            let digits = text[text.index(after: point)...].reversed().drop { $0 == "0" }
            guard digits.count <= scale else { return nil }
        }
        return value
    }

    private func moment(_ value: SQLValue) -> TimestampText? {
        // Some programs keep seconds since 1970 in SQLite.
        if case .integer(let seconds) = value { return TimestampText(seconds: seconds, microseconds: 0) }
        return value.text.flatMap { TimestampText($0) }
    }
}
