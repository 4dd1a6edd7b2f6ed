import Database
import DatabaseBalancer
import TandemTesting
import Testing
import XMLHandler

/// What is read of FusionPBX's own file.
struct InstallationTests {
    @Test(
        arguments: [
            ("", nil), ("# database.0.type = sqlite", nil), ("database.1.type = sqlite\ndatabase.1.name = core", nil),
            ("database.0.type = sqlite\ndatabase.0.name = fusionpbx.db", "sqlite://fusionpbx.db"),
            (
                "database.0.type = sqlite\r\ndatabase.0.path = /var/db\r\n database.0.name = fusionpbx.db \r\n",
                "sqlite:///var/db/fusionpbx.db"
            ),
            (
                "database.0.type=pgsql\ndatabase.0.host=127.0.0.1\ndatabase.0.port=5432\ndatabase.0.name=fusionpbx\n"
                    + "database.0.username=fusionpbx\ndatabase.0.password=a=b c'd\\\ndatabase.0.sslmode=prefer",
                "pgsql://host=127.0.0.1 port=5432 dbname=fusionpbx user=fusionpbx password='a=b c\\'d\\\\' sslmode=prefer"
            ),
            (
                "database.0.type=pgsql\ndatabase.0.host=db.example\ndatabase.0.hostaddr=192.0.2.1\ndatabase.0.port=\n",
                "pgsql://hostaddr=192.0.2.1"
            ),
            (
                "database.0.type=mysql\ndatabase.0.host=127.0.0.1\ndatabase.0.port=3306\ndatabase.0.name=fusionpbx\n"
                    + "database.0.username=fusionpbx\ndatabase.0.password=a}b;c\ndatabase.0.sslmode=prefer",
                "mariadb://Server={127.0.0.1};Port={3306};Database={fusionpbx};Uid={fusionpbx};Pwd={a}}b;c};"
            ),
            (
                "database.0.type=mariadb\ndatabase.0.host=db.example\ndatabase.0.sslmode=require",
                "mariadb://Server={db.example};ForceTLS={1};"
            ),
            (
                "database.0.type=mysql\ndatabase.0.host=db.example\ndatabase.0.sslmode=verify-full",
                "mariadb://Server={db.example};ForceTLS={1};SSLVerify={1};"
            ),
        ] as [(String, String?)]
    ) func namesTheDatabase(text: String, source: String?) {
        #expect(FusionPBXSettings(text).dataSource == source)
    }

    @Test func hasOptions() {
        var options = HandlerOptions(hostName: "pbx1") { "" }
        FusionPBXSettings("switch.sounds.dir = /sounds\nxml_handler.reg_as_number_alias = true").apply(to: &options)
        #expect(options.soundsDirectory == "/sounds")
        #expect(options.recordingsDirectory == "/var/lib/freeswitch/recordings")
        #expect(options.registersAsNumberAlias)
        #expect(options.usesNumberAsPresenceID)
        let other = FusionPBXSettings("xml_handler.number_as_presence_id = false")
        other.apply(to: &options)
        #expect(!options.registersAsNumberAlias)
        #expect(!options.usesNumberAsPresenceID)
    }

    /// The core database is asked only where calls go to other switches.
    @Test(
        arguments: [
            ("", "core", nil, 0), ("xml_handler.fs_path = false", "core", nil, 0),
            ("xml_handler.fs_path = true", nil, nil, 1), ("xml_handler.fs_path = true", "oracle://a", nil, 1),
            ("xml_handler.fs_path = true", "core", "/db/core.db", 0),
            (
                "xml_handler.fs_path = true\ndatabase.1.type = sqlite\ndatabase.1.path = /dev/shm\ndatabase.1.name = c.db",
                nil, "/dev/shm/c.db", 0
            ),
            (
                "xml_handler.fs_path = true\ndatabase.1.type = sqlite\ndatabase.1.name = c.db", "other",
                "/db/other.db", 0
            ),
        ] as [(String, String?, String?, Int)]
    ) func findsTheCoreDatabase(text: String, source: String?, path: String?, warnings: Int) throws {
        let directory = TemporaryDirectory()
        let installation = try HandlerInstallation(
            file: directory.write(text, to: "config.conf"),
            dataSource: "pbx",
            coreDataSource: source,
            directory: "/db"
        )
        let expected = path.map { DataSourceName.database(.sqlite(path: $0)) }
        #expect(installation.coreDatabase == expected)
        #expect(installation.withoutEffect.count == warnings)
    }

    /// What cannot be used is said, and its password is not.
    @Test func saysWhatIsWrong() throws {
        let directory = TemporaryDirectory()
        let file = directory.write(
            "database.0.type = oracle\ndatabase.0.host = a\ndatabase.0.password = kV3qz8Rw",
            to: "config.conf"
        )
        for (file, source, wrong) in [
            (directory.path + "/none", nil, "cannot read \(directory.path)/none"),
            (directory.path + "/none", "sqlite:///a.db", "cannot read \(directory.path)/none"),
            (directory.write("a = b", to: "other.conf"), nil, "names no database"),
            (file, nil, "oracle:// is no kind of database"),
        ] as [(String, String?, String)] {
            let error = #expect(throws: HandlerInstallation.Fault.self) {
                try HandlerInstallation(file: file, dataSource: source, directory: directory.path)
            }
            #expect(error?.description.contains(wrong) == true, "\(wrong)")
            #expect(error?.description.contains("kV3qz8Rw") == false)
        }
        let installation = try HandlerInstallation(file: file, dataSource: "pbx", directory: "/db")
        #expect(installation.database == .database(.sqlite(path: "/db/pbx.db")))
    }
}
