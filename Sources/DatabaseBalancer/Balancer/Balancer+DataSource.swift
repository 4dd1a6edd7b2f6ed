import Base
public import Database
import Synchronization

extension Balancer: DataSource {
    /// Reads rows, from another node when one is lost; their number and size have a limit.
    public func query(_ statement: Statement, within deadline: Duration?) async throws(DatabaseError) -> [DatabaseRow] {
        var course = Course(deadline ?? settings.deadline)
        while true {
            let index = try await acquire(for: .read, course)
            do throws(DatabaseError) {
                let rows = try await nodes[index].pool.query(statement, within: course.left)
                release(index)
                return rows
            } catch {
                release(index, error)
                guard course.goesOn(after: error, on: index) else { throw error.said(by: nodes[index].name) }
                count(\.repeated)
                await course.pause()
            }
        }
    }

    /// Reads rows one by one, from another node when one is lost before the first row has come.
    public func forEachRow(
        of statement: Statement,
        within deadline: Duration?,
        _ receive: @escaping @Sendable (DatabaseRow) throws(DatabaseError) -> Void
    ) async throws(DatabaseError) {
        var course = Course(deadline ?? settings.deadline)
        let hasBegun = Atomic(false)
        while true {
            let index = try await acquire(for: .read, course)
            do throws(DatabaseError) {
                try await nodes[index].pool.forEachRow(of: statement, within: course.left) {
                    (row) throws(DatabaseError) in
                    hasBegun.store(true, ordering: .relaxed)
                    try receive(row)
                }
                release(index)
                return
            } catch {
                release(index, error)
                guard !hasBegun.load(ordering: .relaxed), course.goesOn(after: error, on: index) else {
                    throw error.said(by: nodes[index].name)
                }
                count(\.repeated)
                await course.pause()
            }
        }
    }

    /// Changes something, once.
    public func execute(_ statement: Statement, within deadline: Duration?) async throws(DatabaseError) -> Execution {
        let canBeNumbered = statement.isChangeOfRows
        return try await change(within: deadline, numbered: canBeNumbered) { node, number, left in
            guard let number else {
                return await Outcome(changesTables: statement.isChangeOfTables) { () throws(DatabaseError) in
                    try await node.pool.execute(statement, within: left)
                }
            }
            return await Self.attempt(on: node, number, left) { transaction throws(DatabaseError) in
                try await transaction.execute(statement)
            }
        }.ofDatabase()
    }

    /// Carries out statements in their order, all or none of them, once.
    public func execute(_ batch: [Statement], within deadline: Duration?) async throws(DatabaseError) {
        let canBeNumbered = batch.allSatisfy(\.isChangeOfRows)
        try await change(within: deadline, numbered: canBeNumbered) { node, number, left -> Outcome<Bool> in
            do throws(DatabaseError) {
                try await node.pool.execute((number.map { [$0.statement] } ?? []) + batch, within: left)
                return .done(true, changesTables: batch.contains(where: \.isChangeOfTables))
            } catch {
                return .failed(error, ifCommitted: true)
            }
        }.ofDatabase()
    }

    /// Carries out what `body` does, all of it or nothing.
    ///
    /// `body` is called again when its node was lost before the end, or when it lost against another transaction.
    public func transaction<Result: Sendable>(
        within deadline: Duration?,
        _ body: (any DatabaseTransaction) async throws -> Result
    ) async throws -> Result {
        try await change(within: deadline, numbered: true) { node, number, left in
            await Self.attempt(on: node, number, left, body)
        }.get()
    }

    // MARK: - Changes

    /// How one attempt of a change ended.
    enum Outcome<Value: Sendable>: Sendable {
        /// - Parameter changesTables: Whether others may not know a table yet that there is now.
        case done(Value, changesTables: Bool)
        /// The database failed; when the change turns out to be committed after all, that is its result.
        case failed(DatabaseError, ifCommitted: Value?)
        /// The caller's own code failed.
        case thrown(any Error)

        init(changesTables: Bool, _ work: () async throws(DatabaseError) -> Value) async {
            do throws(DatabaseError) {
                self = .done(try await work(), changesTables: changesTables)
            } catch {
                self = .failed(error, ifCommitted: nil)
            }
        }
    }

    /// What a change has come to.
    enum Conclusion<Value: Sendable>: Sendable {
        case value(Value)
        case failure(DatabaseError)
        case thrown(any Error)

        func get() throws -> Value {
            switch self {
            case .value(let value): return value
            case .failure(let error): throw error
            case .thrown(let error): throw error
            }
        }

        @discardableResult
        func ofDatabase() throws(DatabaseError) -> Value {
            switch self {
            case .value(let value): return value
            case .failure(let error): throw error
            case .thrown(let error): throw (error as? DatabaseError) ?? DatabaseError(.other, "\(error)")
            }
        }
    }

    /// Attempts a change until it is done, cannot be, or is in doubt.
    private func change<Value: Sendable>(
        within deadline: Duration?,
        numbered: Bool,
        _ attempt: (BalancedNode, RequestNumber?, Duration) async -> Outcome<Value>
    ) async -> Conclusion<Value> {
        var course = Course(deadline ?? settings.deadline)
        while true {
            let index: Int
            do throws(DatabaseError) {
                index = try await acquire(for: .write, course)
            } catch {
                return .failure(error)
            }
            let isNumbered = numbered ? await canNumber(on: index) : false
            let number = isNumbered ? takeNumber() : nil
            defer { if let number { endNumber(number) } }
            switch await attempt(nodes[index], number, course.left) {
            case .done(let value, let changesTables):
                if changesTables { schemaChanged(on: index) }
                release(index)
                return .value(value)
            case .thrown(let error):
                release(index)
                return .thrown(error)
            case .failed(let error, let ifCommitted):
                release(index, error)
                let said = error.said(by: nodes[index].name)
                if error.mayHaveExecuted {
                    let fate = await fate(of: number, on: index, until: course.end)
                    tell(fate, of: nodes[index].name, error)
                    switch fate {
                    case .committed:
                        if let ifCommitted { return .value(ifCommitted) }
                        return .failure(said)
                    case .void: break
                    case nil:
                        count(\.inDoubt)
                        return .failure(said)
                    }
                }
                guard course.goesOn(after: error.withoutEffect, on: index) else { return .failure(said.withoutEffect) }
                count(\.repeated)
                await course.pause()
            }
        }
    }

    private func acquire(for purpose: BalancerMachine.Purpose, _ course: Course) async throws(DatabaseError) -> Int {
        try await acquire(purpose, excluding: course.tried, until: course.end)
    }

    /// One attempt of a transaction on a node.
    private static func attempt<Value: Sendable>(
        on node: BalancedNode,
        _ number: RequestNumber?,
        _ left: Duration,
        _ body: (any DatabaseTransaction) async throws -> Value
    ) async -> Outcome<Value> {
        var watched: WatchedTransaction?
        var value: Value?
        do {
            let result = try await node.pool.transaction(within: left) { transaction in
                if let number { try await transaction.execute(number.statement) }
                let current = WatchedTransaction(transaction)
                watched = current
                let result = try await body(current)
                value = result
                return result
            }
            return .done(result, changesTables: watched?.hasChangedTables ?? false)
        } catch let error as DatabaseError where value != nil || watched?.hasFailed ?? true {
            return .failed(error, ifCommitted: value)
        } catch {
            return .thrown(error)
        }
    }

    // MARK: - Doubt

    private func tell(_ fate: RequestNumber.Fate?, of node: String, _ error: DatabaseError) {
        let text =
            switch fate {
            case .committed: "was committed"
            case .void: "has had no effect"
            case nil: "may have had an effect"
            }
        tell(isBad: fate == nil, "a change on \(node) that failed in the end (\(error)) \(text)")
    }

    /// How long it is tried to find out what became of a change, when its own time is over.
    private static let patience = Duration.seconds(5)
    /// How long one attempt may take of finding that out.
    private static let attemptTime = Duration.seconds(2)

    /// What became of a change; `nil` when that cannot be found out.
    ///
    /// - Parameter node: Where it failed; others are asked rather, as long as there are.
    private func fate(
        of number: RequestNumber?,
        on node: Int,
        until end: MonotonicInstant
    ) async -> RequestNumber.Fate? {
        guard let number else { return nil }
        count(\.lookedUp)
        let end = max(end, .now + Self.patience)
        // Whoever ends the call wants to know no less than others what became of it.
        return await Task { () -> RequestNumber.Fate? in
            var tried: Set<Int> = [node]
            while end > .now, !number.isOld {
                guard let index = try? await acquire(.settle, excluding: tried, until: end) else { return nil }
                do throws(DatabaseError) {
                    let left = min(end - .now, Self.attemptTime)
                    let fate = try await number.settle(in: nodes[index].pool, within: left)
                    release(index)
                    if let fate { return fate }
                } catch {
                    release(index, error)
                    guard error.isOfNode || error.isOfTheMoment else { return nil }
                    tried.insert(index)
                }
                try? await Task.sleep(for: .milliseconds(10))
            }
            return nil
        }.value
    }
}

extension DatabaseError {
    /// Whether the same may succeed a moment later: a table may not have arrived on a node yet.
    fileprivate var isOfTheMoment: Bool { [.conflict, .deadline, .exhausted, .statement].contains(kind) }

    /// The same error, with the name of the node that it comes from.
    fileprivate func said(by node: String) -> Self {
        var error = self
        error.description = "\(node): \(description)"
        return error
    }

    /// The same error, when it is certain that nothing has come of the change.
    fileprivate var withoutEffect: Self {
        var error = self
        error.mayHaveExecuted = false
        return error
    }
}
