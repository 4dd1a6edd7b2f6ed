import Database
import Testing

@testable import Migration

/// The values that a copy is made of.
struct CopyPartsTests {
    @Test(arguments: [
        ("2026-08-21 10:00:00", "2026-08-21 10:00:00+00"), ("2026-08-21T10:00:00.25Z", "2026-08-21 10:00:00.250000+00"),
        ("2026-08-21 01:30:00+02", "2026-08-20 23:30:00+00"),
        ("2026-12-31 23:59:59.999999-05:30", "2027-01-01 05:29:59.999999+00"),
        ("2026-08-21", "2026-08-21 00:00:00+00"), ("2024-02-29 12:00", "2024-02-29 12:00:00+00"),
        ("1969-12-31 23:59:59", "1969-12-31 23:59:59+00"), ("0000-00-00 00:00:00", nil), ("yesterday", nil), ("", nil),
        ("2026-13-01", nil), ("2026-08-21 25:00:00", nil), ("2026-08-21 10:00:00 and more", nil),
    ])
    func moments(_ text: String, _ wanted: String?) {
        #expect(TimestampText(text)?.text(offset: "+00") == wanted)
    }

    struct Value: Sendable {
        let value: SQLValue
        let from: ColumnKind
        let to: ColumnKind
        var dialect = SQLDialect.postgreSQL
        let wanted: SQLValue?
    }

    @Test(arguments: [
        Value(value: .null, from: .text, to: .boolean, wanted: .null),
        Value(value: .text("true"), from: .text, to: .boolean, wanted: .boolean(true)),
        Value(value: .text(""), from: .text, to: .boolean, wanted: .null),
        Value(value: .text("maybe"), from: .text, to: .boolean, wanted: nil),
        Value(value: .integer(1), from: .boolean, to: .boolean, wanted: .boolean(true)),
        Value(value: .integer(0), from: .boolean, to: .text, wanted: .text("false")),
        Value(value: .boolean(true), from: .boolean, to: .text, wanted: .text("true")),
        Value(value: .integer(7), from: .integer, to: .text, wanted: .text("7")),
        Value(value: .text("a\0b"), from: .text, to: .text, wanted: nil),
        Value(value: .text("a\0b"), from: .text, to: .text, dialect: .sqlite, wanted: .text("a\0b")),
        Value(value: .text(""), from: .text, to: .text, wanted: .text("")),
        Value(value: .text("abc"), from: .uuid, to: .uuid, wanted: nil),
        Value(value: .text("abc"), from: .uuid, to: .uuid, dialect: .mariaDB, wanted: .text("abc")),
        Value(value: .text(Sample.uuid(1)), from: .uuid, to: .uuid, wanted: .text(Sample.uuid(1))),
        Value(value: .text("12.50"), from: .decimal(scale: nil), to: .decimal(scale: nil), wanted: .text("12.50")),
        Value(
            value: .text("12.50"),
            from: .decimal(scale: 2),
            to: .decimal(scale: 1),
            dialect: .mariaDB,
            wanted: .text("12.50")
        ),
        Value(value: .text("12.51"), from: .decimal(scale: 2), to: .decimal(scale: 1), dialect: .mariaDB, wanted: nil),
        Value(value: .text("many"), from: .text, to: .decimal(scale: nil), wanted: nil),
        Value(value: .text("nan"), from: .text, to: .decimal(scale: nil), wanted: nil),
        Value(
            value: .text("2026-08-21 10:00:00+02"),
            from: .timestamp,
            to: .timestamp,
            dialect: .mariaDB,
            wanted: .text("2026-08-21 08:00:00")
        ),
        Value(
            value: .integer(0),
            from: .timestamp,
            to: .timestamp,
            dialect: .sqlite,
            wanted: .text("1970-01-01 00:00:00+00:00")
        ),
        Value(value: .text("2026-08-21"), from: .date, to: .date, wanted: .text("2026-08-21")),
        Value(value: .text("0000-00-00"), from: .date, to: .date, wanted: nil),
        Value(value: .bytes([0x61]), from: .bytes, to: .text, wanted: .text("a")),
        Value(value: .bytes([0xFF]), from: .bytes, to: .text, wanted: nil),
        Value(value: .bytes([0xFF]), from: .bytes, to: .bytes, wanted: .bytes([0xFF])),
        Value(value: .text("5"), from: .text, to: .integer, wanted: .integer(5)),
    ])
    func conversions(_ value: Value) {
        let conversion = ValueConversion(source: value.from, target: value.to, dialect: value.dialect)
        #expect(conversion.convert(value.value) == value.wanted)
    }

    @Test(arguments: [
        ("uuid", "a", ColumnKind.uuid), ("timestamp with time zone", "a", .timestamp), ("jsonb", "a", .json),
        ("numeric(10,2)", "a", .decimal(scale: 2)), ("numeric", "a", .decimal(scale: nil)), ("text", "x_uuid", .text),
        ("character varying(20)", "a", .text), ("inet", "a", .text), ("date", "a", .date), ("bytea", "a", .bytes),
    ])
    func typesOfPostgreSQL(_ type: String, _ column: String, _ kind: ColumnKind) {
        #expect(ColumnTypes(.postgreSQL).kind(ofType: type, column: column) == kind)
    }

    @Test(arguments: [
        (SQLDialect.mariaDB, "char(36)", "domain_uuid", ColumnKind.uuid), (.mariaDB, "char(36)", "name", .text),
        (.mariaDB, "tinyint(1)", "a", .boolean), (.mariaDB, "tinyint(4)", "a", .integer),
        (.mariaDB, "decimal(10,0)", "a", .decimal(scale: 0)), (.mariaDB, "datetime(6)", "a", .timestamp),
        (.mariaDB, "date", "insert_date", .date), (.mariaDB, "bigint(20) unsigned", "a", .integer),
        (.sqlite, "TEXT", "domain_uuid", .uuid), (.sqlite, "text", "insert_user", .uuid),
        (.sqlite, "date", "a", .timestamp),
        (.sqlite, "DATE TEXT", "a", .date), (.sqlite, "", "a", .text), (.sqlite, "numeric", "a", .decimal(scale: nil)),
    ])
    func typesOfOthers(_ dialect: SQLDialect, _ type: String, _ column: String, _ kind: ColumnKind) {
        #expect(ColumnTypes(dialect).kind(ofType: type, column: column) == kind)
    }

    @Test func batchesShrinkAndGrow() {
        var size = BatchSize(limit: 100)
        size.read(7, isFull: true)
        #expect(size.rows == 7)
        size.read(0, isFull: true)
        #expect(size.rows == 1)
        for _ in 0..<10 { size.read(1, isFull: false) }
        #expect(size.rows == 100)
    }

    @Test(arguments: [
        (0, 0, 0, "0 of 0 rows (100 %), 0 rows/s"),
        (1_500, 2_000_000, 0, "1,500 of 2,000,000 rows (0 %), 150 rows/s, 3 h 42 min left"),
        (1_500, 2_000, 500, "1,500 of 2,000 rows (75 %), 100 rows/s, 5 s left"),
        (2_000, 2_000, 2_000, "2,000 of 2,000 rows (100 %), 0 rows/s"),
    ])
    func progress(_ rows: Int64, _ total: Int64, _ earlier: Int64, _ wanted: String) {
        var progress = CopyProgress()
        (progress.rows, progress.total, progress.earlier) = (rows, total, earlier)
        #expect(progress.line(after: .seconds(10)) == wanted)
        progress.table = "v_xml_cdr"
        #expect(progress.bar(after: .seconds(10)).hasSuffix("] \(wanted): v_xml_cdr"))
        #expect(progress.bar(after: .zero).prefix { $0 != "]" }.count == 25)
    }

    @Test func recordsComeBack() async throws {
        try await TestDatabase.with(.sqlite) { database in
            try await database.pool.execute(CopyRecord.definition.creation(.sqlite))
            var record = CopyRecord(source: "somewhere", position: CopyPosition(key: ["a:1", "", "ü"], rows: 7))
            record.losses = ["a": 1, "b": 20]
            for isFinished in [false, true] {
                record.isFinished = isFinished
                try await database.pool.execute(record.statement(for: "v_a", .sqlite))
                #expect(try await CopyRecord.all(in: database.pool) == ["v_a": record])
            }
        }
    }
}
