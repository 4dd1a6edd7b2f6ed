import Testing

@testable import Database

/// Our places in statements become PostgreSQL's.
struct PostgreSQLPlacesTests {
    @Test(arguments: [
        ("SELECT 1", "SELECT 1"), ("a = ? AND b = ?", "a = $1 AND b = $2"), ("?", "$1"), ("", ""),
        ("'?' ? 'it''s ?' ?", "'?' $1 'it''s ?' $2"), ("\"a?\"\"?\" ?", "\"a?\"\"?\" $1"),
        ("E'\\'?' ?", "E'\\'?' $1"), ("'\\' ?", "'\\' $1"), ("namee'\\' ?", "namee'\\' $1"),
        ("-- what?\n?", "-- what?\n$1"), ("/* ? /* ? */ ? */ ?", "/* ? /* ? */ ? */ $1"), ("1 - ? / ?", "1 - $1 / $2"),
        ("$$ ? $$ ?", "$$ ? $$ $1"), ("$a$ ? $$ ? $a$ ?", "$a$ ? $$ ? $a$ $1"), ("$ ? $", "$ $1 $"),
        ("a$b$ ?", "a$b$ $1"), ("'never ended ?", "'never ended ?"), ("$a$ ?", "$a$ ?"), ("/* ?", "/* ?"), ("$", "$"),
    ])
    func numbering(sql: String, numbered: String) {
        #expect(PostgreSQLPlaces.numbered(sql) == numbered)
    }
}
