import Database

/// How each kind of database is asked for its tables.
///
/// Only those of FusionPBX's (`v_…`) and ours (`tandem_…`, `smart_dns_…`) are looked at in detail. PostgreSQL's own
/// catalogue is read, and not the standard's views of it: these keep keys from users who may only read.
struct CatalogueQueries {
    private let dialect: SQLDialect

    init(_ dialect: SQLDialect) {
        self.dialect = dialect
    }

    /// `name` and `kind`, `table` or `view`, of all tables and views.
    var relations: String {
        switch dialect {
        case .sqlite: "SELECT name, type AS kind FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
        case .postgreSQL:
            """
            SELECT c.relname AS name, CASE WHEN c.relkind IN ('r', 'p') THEN 'table' ELSE 'view' END AS kind \
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
            WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition \
            ORDER BY c.relname
            """
        case .mariaDB:
            """
            SELECT TABLE_NAME AS name, CASE WHEN TABLE_TYPE = 'VIEW' THEN 'view' ELSE 'table' END AS kind \
            FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME
            """
        }
    }

    /// `relation`, `name`, `type` and `is_json` (1 or 0) of the columns, in their order.
    var columns: String {
        switch dialect {
        case .sqlite:
            """
            SELECT m.name AS relation, c.name AS name, c.type AS type, 0 AS is_json \
            FROM sqlite_master m JOIN pragma_table_info(m.name) c \
            WHERE m.type = 'table' AND \(Self.ours("m.name")) ORDER BY m.name, c.cid
            """
        case .postgreSQL:
            """
            SELECT c.relname AS relation, a.attname AS name, \
            pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, 0 AS is_json \(Self.attributes) \
            WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND \(Self.ours("c.relname")) \
            AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum
            """
        case .mariaDB:
            """
            SELECT c.TABLE_NAME AS relation, c.COLUMN_NAME AS name, c.COLUMN_TYPE AS type, \
            (SELECT COUNT(*) FROM information_schema.CHECK_CONSTRAINTS k WHERE k.CONSTRAINT_SCHEMA = c.TABLE_SCHEMA \
            AND k.TABLE_NAME = c.TABLE_NAME AND k.CHECK_CLAUSE = CONCAT('json_valid(`', c.COLUMN_NAME, '`)')) AS is_json \
            FROM information_schema.COLUMNS c WHERE c.TABLE_SCHEMA = DATABASE() AND \(Self.ours("c.TABLE_NAME")) \
            ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION
            """
        }
    }

    /// `relation` and `name` of the columns of primary keys, in their order.
    var keys: String {
        switch dialect {
        case .sqlite:
            """
            SELECT m.name AS relation, c.name AS name FROM sqlite_master m JOIN pragma_table_info(m.name) c \
            WHERE m.type = 'table' AND \(Self.ours("m.name")) AND c.pk > 0 ORDER BY m.name, c.pk
            """
        case .postgreSQL:
            """
            SELECT c.relname AS relation, a.attname AS name \(Self.attributes) \
            JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY(i.indkey) \
            WHERE n.nspname = current_schema() AND \(Self.ours("c.relname")) \
            ORDER BY c.relname, pg_catalog.array_position(i.indkey::int2[], a.attnum)
            """
        case .mariaDB:
            """
            SELECT TABLE_NAME AS relation, COLUMN_NAME AS name FROM information_schema.STATISTICS \
            WHERE TABLE_SCHEMA = DATABASE() AND INDEX_NAME = 'PRIMARY' AND \(Self.ours("TABLE_NAME")) \
            ORDER BY TABLE_NAME, SEQ_IN_INDEX
            """
        }
    }

    /// `relation` and `number` of the indexes beside the primary keys.
    var indexes: String {
        switch dialect {
        case .sqlite:
            """
            SELECT tbl_name AS relation, COUNT(*) AS number FROM sqlite_master \
            WHERE type = 'index' AND sql IS NOT NULL AND \(Self.ours("tbl_name")) GROUP BY tbl_name
            """
        case .postgreSQL:
            """
            SELECT c.relname AS relation, COUNT(*) AS number FROM pg_catalog.pg_class c \
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
            JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND NOT i.indisprimary \
            WHERE n.nspname = current_schema() AND \(Self.ours("c.relname")) GROUP BY c.relname
            """
        case .mariaDB:
            """
            SELECT TABLE_NAME AS relation, COUNT(DISTINCT INDEX_NAME) AS number FROM information_schema.STATISTICS \
            WHERE TABLE_SCHEMA = DATABASE() AND INDEX_NAME <> 'PRIMARY' AND \(Self.ours("TABLE_NAME")) \
            GROUP BY TABLE_NAME
            """
        }
    }

    /// The columns of PostgreSQL's tables, in their schemas.
    private static let attributes = """
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
        """

    /// Whether a name is one that is looked at.
    private static func ours(_ name: String) -> String {
        "(substr(\(name), 1, 2) = 'v_' OR substr(\(name), 1, 7) = 'tandem_' OR substr(\(name), 1, 10) = 'smart_dns_')"
    }
}
