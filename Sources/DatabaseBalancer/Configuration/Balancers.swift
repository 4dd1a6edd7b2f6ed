import Base
public import Database
import Synchronization

/// The balancers of a program, by their names; each begins when somebody asks for it.
public final class Balancers: Sendable {
    private let directory: String
    private let read: @Sendable () -> [BalancerSettings]
    private let report: @Sendable (_ isBad: Bool, _ text: String) -> Void
    private let running = Mutex<[String: BalancedDataSource]>([:])

    /// Balancers of which nobody has asked for one yet.
    ///
    /// - Parameters:
    ///   - directory: Where the databases are that are named without a path.
    ///   - read: Gives what the configuration says now.
    ///   - report: Gets what happens, for the log, and whether it is bad.
    public init(
        directory: String,
        read: @escaping @Sendable () -> [BalancerSettings],
        report: @escaping @Sendable (_ isBad: Bool, _ text: String) -> Void
    ) {
        (self.directory, self.read, self.report) = (directory, read, report)
    }

    /// For programs, and tests, that know no balancers.
    public static let none = Balancers(directory: "", read: { [] }, report: { _, _ in })

    /// Those that have begun, by name.
    public var all: [Balancer] {
        running.withLock { $0.sorted { $0.key < $1.key }.map(\.value.balancer) }
    }

    /// A balancer that has begun.
    public subscript(name: String) -> Balancer? { running.withLock { $0[name]?.balancer } }

    /// The balancer of a name, as a data source that stays the same when its configuration changes.
    ///
    /// - Throws: When the configuration does not have it, or it cannot be.
    public func dataSource(named name: String) throws(DatabaseError) -> any DataSource {
        if let known = running.withLock({ $0[name] }) { return known }
        guard let settings = read().first(where: { $0.name == name }) else {
            throw DatabaseError(.dataSource, "balancer.conf has no balancer \(name)")
        }
        return try begin(settings)
    }

    private func begin(_ settings: BalancerSettings) throws(DatabaseError) -> any DataSource {
        let new = BalancedDataSource(try make(settings, following: nil))
        let (kept, superfluous) = running.withLock { running in
            if let other = running[settings.name] { return (other, new as BalancedDataSource?) }
            running[settings.name] = new
            return (new, nil)
        }
        if let superfluous { Task { await superfluous.balancer.close() } }
        return kept
    }

    private func make(_ settings: BalancerSettings, following old: Balancer?) throws(DatabaseError) -> Balancer {
        try Balancer(settings, directory: directory, following: old) { [report] isBad, text in
            report(isBad, "\(settings.name): \(text)")
        }
    }

    /// Goes on as the configuration says now; begins those that nobody has asked for yet.
    ///
    /// A balancer that cannot be changed so goes on as it is. Orders stay for nodes that keep their names, and the writer
    /// stays the writer.
    public func reload() {
        let wanted = read()
        for settings in wanted {
            do throws(DatabaseError) {
                guard let known = running.withLock({ $0[settings.name] }) else {
                    _ = try begin(settings)
                    continue
                }
                let old = known.balancer
                guard old.settings != settings else { continue }
                let new = try make(settings, following: old)
                guard new.dialect == old.dialect else {
                    Task { await new.close() }
                    throw DatabaseError(.dataSource, "another kind of database is for a new start of the program")
                }
                known.replace(new)
                report(false, "\(settings.name): changed as configured")
            } catch {
                report(true, "\(settings.name) stays as it is: \(error)")
            }
        }
        let names = Set(wanted.map(\.name))
        for name in running.withLock({ Array($0.keys) }) where !names.contains(name) {
            report(true, "\(name) is not in balancer.conf any more, and goes on for those who use it")
        }
    }

    /// Ends all of them.
    public func close() async {
        let all = running.withLock { running in
            defer { running = [:] }
            return running.values.map(\.balancer)
        }
        for balancer in all { await balancer.close() }
    }
}
