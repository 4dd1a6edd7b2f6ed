import Database
import DatabaseBalancer
import TandemTesting
import Testing
import XMLConfig

@testable import Migration

/// Tables that are made, filled and copied by way of a balancer (`balancer://…`).
@Suite(.enabled(if: DatabaseServer.areThere))
struct BalancedTests {
    @Test(arguments: DatabaseServer.allCases)
    func tablesComeByABalancer(_ server: DatabaseServer) async throws {
        let name = "tandem\(UInt64.random(in: 0 ... .max))"
        let dsn = try server.dsn(ofDatabase: name)
        var settings = BalancerSettings(name: "main")
        (settings.deadline, settings.readers) = (.seconds(600), .writer)
        settings.nodes = [NodeSettings(name: "node", dataSource: dsn)]
        let owner = DatabasePool(try DatabaseDSN(try server.dsn(), directory: ""), PoolSettings(connections: 1))
        _ = try await owner.execute(Statement("CREATE DATABASE \(name)"), within: .seconds(600))
        let balancers = Balancers(directory: "") { [settings] in
            [settings]
        } report: { _, _ in
        }
        let opened = try OpenDatabase(try DataSourceName("balancer://main", directory: ""), balancers: balancers)
        let directory = TemporaryDirectory()
        let root = try FeaturesImportTests.sample(directory)
        for _ in 0..<2 { try await ConfigurationImport(root).write(to: opened.source) }
        let copy = DatabasePool(try DatabaseDSN("sqlite://\(directory.path)/copy.db", directory: ""), PoolSettings())
        _ = try await DatabaseCopy(from: opened.source, named: "main", to: copy, .sqlite).run { _ in }
        let menus = try await copy.query("SELECT ivr_menu_name AS name FROM v_ivr_menus ORDER BY ivr_menu_name")
        #expect(menus.map { $0["name"]?.text } == ["below", "main"])
        await copy.close()
        await balancers.close()
        let force = server.choose(postgreSQL: " WITH (FORCE)", mariaDB: "")
        _ = try await owner.execute(Statement("DROP DATABASE \(name)\(force)"), within: .seconds(600))
        await owner.close()
    }
}
