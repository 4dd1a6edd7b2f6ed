import Base
import Database

/// A row that is written on one node and read on another: the proof that what is written arrives.
struct CanaryRow: Sendable {
    private let id: String
    private let table: BalancerTable

    /// How long it may take from one node to the other.
    static let patience = Duration.seconds(2)
    /// How long there is between two looks.
    private static let interval = Duration.milliseconds(20)

    init(_ dialect: SQLDialect) {
        var generator = SystemRandomNumberGenerator()
        id = RandomToken.hex(bytes: 16, using: &generator)
        table = .canary(dialect)
    }

    /// Carries it over.
    ///
    /// - Returns: Why the node has not shown it; `nil` when it has.
    func fly(from writer: BalancedNode, to node: BalancedNode) async -> String? {
        let (writer, node) = (writer.canaryPool, node.canaryPool)
        do throws(DatabaseError) {
            try await table.put(id, state: "sung", into: writer)
        } catch {
            return "the canary cannot be written: \(error)"
        }
        var failure = "what is written elsewhere does not arrive within \(Self.patience)"
        let end = MonotonicInstant.now + Self.patience
        while MonotonicInstant.now < end {
            do throws(DatabaseError) {
                if try await table.state(of: id, in: node) != nil {
                    _ = try? await table.remove(id, from: writer)
                    return nil
                }
            } catch {
                // The table itself may not have arrived yet.
                failure = "the canary cannot be read: \(error)"
            }
            try? await Task.sleep(for: Self.interval)
        }
        return failure
    }
}
