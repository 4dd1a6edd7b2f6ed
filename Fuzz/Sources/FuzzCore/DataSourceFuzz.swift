import Database

/// Feeds names of data sources, and passwords in these.
public enum DataSourceFuzz {
    /// Runs one input; a password that is shown, or does not arrive, traps.
    public static func run(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        _ = description(text)
        for scheme in ["pgsql", "postgresql", "mariadb", "sqlite"] { _ = description("\(scheme)://\(text)") }
        checkPassword(text)
    }

    private static func description(_ text: String) -> String? {
        (try? DatabaseDSN(text, directory: "/db"))?.description
    }

    private static func escaped(_ text: String, _ marks: String, by escape: Unicode.Scalar) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if marks.unicodeScalars.contains(scalar) { escaped.append(escape) }
            escaped.append(scalar)
        }
        return String(escaped)
    }

    /// Whatever the password is, the description is that of any other.
    private static func checkPassword(_ password: String) {
        let libpq = escaped(password, "\\'", by: "\\")
        let odbc = escaped(password, "}", by: "}")
        let forms = [
            ("pgsql://host=h dbname=x password='", libpq, "' user=u"),
            ("mariadb://Server=h;Pwd={", odbc, "};Database=x;"),
        ]
        for (beginning, written, end) in forms {
            let text = beginning + written + end
            guard text.utf8.count <= 4096, !password.utf8.contains(0) else { continue }
            precondition(description(text) == description(beginning + end), "it is read, and not shown")
        }
    }
}
