import Testing

@testable import Database

/// What names of data sources mean, what is said of those that are wrong, and that no password is shown.
struct DSNTests {
    private static func description(_ text: String) -> String {
        do throws(DatabaseError) {
            return try DatabaseDSN(text, directory: "/db").description
        } catch {
            return "error: \(error)"
        }
    }

    @Test(arguments: [
        ("core", "/db/core.db"), ("core.db", "/db/core.db"), ("/dev/shm/core.db", "/dev/shm/core.db"),
        ("sqlite://core", "/db/core.db"), ("sqlite:///dev/shm/core.db", "/dev/shm/core.db"), ("SQLite://x", "/db/x.db"),
    ])
    func files(dsn: String, path: String) throws {
        #expect(try DatabaseDSN(dsn, directory: "/db") == .sqlite(path: path))
    }

    @Test(arguments: [
        (
            "pgsql://hostaddr=192.0.2.1 dbname=fs user=u password='se cret' options='-c client_min_messages=NOTICE'",
            "postgresql://u@192.0.2.1/fs"
        ),
        ("pgsql://host=/run/postgresql dbname = fs", "postgresql:///run/postgresql/fs"),
        (
            "postgresql://u:se%20cret@db.example.com:5433/fs?sslmode=verify-full",
            "postgresql://u@db.example.com:5433/fs"
        ),
        ("postgres://a:1,b:2/fs?target_session_attrs=read-write", "postgresql://a,b:1,2/fs"),
        ("mariadb://Server=192.0.2.1;Port=3307;Database=fs;Uid=u;Pwd=secret;", "mariadb://u@192.0.2.1:3307/fs"),
        ("mariadb:// SERVER = db ; user=u ; password={se;cr}}et}; db=fs", "mariadb://u@db:3306/fs"),
        ("mariadb://Socket=/run/db.sock;Database=fs", "mariadb:///run/db.sock/fs"),
    ])
    func servers(dsn: String, description: String) {
        #expect(Self.description(dsn) == description)
    }

    /// Passwords arrive as they were meant, whatever is in them.
    @Test(arguments: ["simple", "with space", "it's", "a\\b", "{;}", "}}", "ü=&%", ";Server=x", " "])
    func passwords(password: String) throws {
        let libpq = password.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
        let postgreSQL = try DatabaseDSN("pgsql://dbname=x password='\(libpq)'", directory: "")
        guard case .postgreSQL(let server) = postgreSQL else { return #expect(Bool(false), "no PostgreSQL") }
        #expect(server.parameters["password"] == password)
        let odbc = password.replacing("}", with: "}}")
        let mariaDB = try DatabaseDSN("mariadb://Pwd={\(odbc)};Database=x", directory: "")
        guard case .mariaDB(let server) = mariaDB else { return #expect(Bool(false), "no MariaDB") }
        #expect(server.password == password)
    }

    /// Nothing that a program may print of a data source has its password in it.
    @Test(arguments: [
        "pgsql://dbname=x password=geheim sslpassword=geheim", "postgresql://u:geheim@h/x",
        "mariadb://Pwd=geheim;Database=x",
    ])
    func secrecy(dsn: String) throws {
        let dsn = try DatabaseDSN(dsn, directory: "")
        var dumped = ""
        dump(dsn, to: &dumped)
        dump(DatabasePool.self, to: &dumped)
        let texts = ["\(dsn)", String(reflecting: dsn), String(describing: [dsn]), dumped]
        #expect(texts.allSatisfy { !$0.contains("geheim") })
    }

    /// What is wrong is said, and how it is written; what may be a piece of a password is not shown.
    @Test(arguments: [
        ("odbc://dsn:user:geheim", "databases are reached by their own clients, not through ODBC"),
        ("dsn:user:geheim", "databases are reached by their own clients, not through ODBC"),
        ("geheim geheim geheim://x", "databases are reached by their own clients, not through ODBC"),
        ("mysql://u:geheim@h/x", "mysql:// is no kind of database"),
        ("sqlite://", "a data source without a file's name"),
        ("sqlite://memory://x", "a database in memory cannot be read by other programs"),
        ("pgsql://u:geheim@h/x", "pgsql:// is followed by host="),
        ("pgsql://postgresql://u:geheim@h/x?a=b", "pgsql:// is followed by host="),
        ("pgsql://dbname=x password=ge heim", "it is keyword=value"),
        ("pgsql://dbname=x password=ge geheim=x", "it is keyword=value"),
        ("pgsql://dbname=x port=geheim", "the port is no number"),
        ("postgresql://u:geheim/x@h/y", "what is not a letter or a digit in a password is written %xx"),
        ("postgresql://u:1/geheim@h/y", "what is not a letter or a digit in a password is written %xx"),
        ("postgresql://u:ge@heim@h/y", "the host has an @ in it"),
        ("mariadb://", "mariadb:// is followed by Server="),
        ("mariadb://u:geheim@h/x", "attribute 1 has no ="),
        ("mariadb://Server=h;Pwd=ge;heim", "attribute 3 has no ="),
        ("mariadb://Server=h;Pwd=ge;heim=x", "attribute 3 is none of Server"),
        ("mariadb://Server=h;Pwd={ge}heim}", "attribute 2 goes on after its brace"),
        ("mariadb://Server=h;Pwd={geheim", "attribute 2 lacks the brace at its end"),
        ("mariadb://Server=h;Server=h", "attribute 2 is there twice"),
        ("mariadb://Server=h;Port=0", "attribute 2, port, has a wrong value"),
        ("mariadb://Server=host=x,password=geheim", "attribute 1, server, has a wrong value"),
    ])
    func refusals(dsn: String, reason: String) {
        let text = Self.description(dsn)
        #expect(text.hasPrefix("error: ") && text.contains(reason), "\(text)")
        #expect(!text.contains("geheim") && !text.contains("heim "))
    }

    /// Whether the connection is encrypted, and the server has to prove who it is.
    @Test(arguments: [
        ("", false, false), ("ForceTLS=1", true, false), ("SSLVerify=1", true, true), ("SSLCA=/x", true, true),
        ("SSLCA=/x;SSLVerify=0", true, false), ("SSLCert=/x;SSLKey=/y", true, false),
    ])
    func encryption(attributes: String, isNeeded: Bool, isVerified: Bool) throws {
        let dsn = try MariaDBDSN(attributes: "Server=h;\(attributes)")
        #expect((dsn.needsTLS, dsn.verifiesServer) == (isNeeded, isVerified))
    }

    @Test func limits() {
        let long = "pgsql://dbname=" + String(repeating: "x", count: 4096)
        #expect(Self.description(long) == "error: a data source of more than 4096 bytes, or with a NUL in it")
        #expect(
            Self.description("pgsql://dbname=x\0")
                == "error: a data source of more than 4096 bytes, or with a NUL in it"
        )
        let many = "mariadb://" + (0...32).map { "x\($0)=y;" }.joined()
        #expect(
            Self.description(many)
                == "error: the data source of MariaDB cannot be read: there are more than 32 attributes"
        )
    }
}
