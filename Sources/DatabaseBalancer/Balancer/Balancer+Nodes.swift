import Base
import Database
import Synchronization

/// The use of nodes: a call takes one, or waits for one, and gives it back.
extension Balancer {
    /// A node for a call, which has to be given back.
    func acquire(
        _ purpose: Machine.Purpose,
        excluding: Set<Int> = [],
        until deadline: MonotonicInstant
    ) async throws(DatabaseError) -> Int {
        let (id, immediate) = state.withLock { state -> (Machine.Waiter, Int?) in
            state.lastWaiter &+= 1
            guard !state.isClosed else { return (state.lastWaiter, nil) }
            return (state.lastWaiter, state.machine.takeNow(purpose, excluding: excluding, .now))
        }
        if let immediate { return immediate }
        let node = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                request(id, purpose, deadline, continuation)
                if Task.isCancelled { giveUp(id) }
            }
        } onCancel: {
            giveUp(id)
        }
        if let node { return node }
        if Task.isCancelled { throw DatabaseError(.cancelled, "the call was cancelled") }
        throw refusal()
    }

    private func request(
        _ id: Machine.Waiter,
        _ purpose: Machine.Purpose,
        _ deadline: MonotonicInstant,
        _ continuation: Continuation
    ) {
        let request = state.withLock { state -> Machine.OnRequest in
            guard !state.isClosed else { return .refuse }
            let request = state.machine.requested(by: id, for: purpose, until: deadline, .now)
            if request == .wait { state.waiters[id] = continuation }
            return request
        }
        switch request {
        case .use(let node): continuation.resume(returning: node)
        case .refuse: continuation.resume(returning: nil)
        case .wait: break
        }
    }

    private func giveUp(_ id: Machine.Waiter) {
        let continuation = state.withLock { state in
            state.machine.gaveUp(id) ? state.waiters.removeValue(forKey: id) : nil
        }
        continuation?.resume(returning: nil)
    }

    /// Why no node could be had.
    private func refusal() -> DatabaseError {
        state.withLock { state in
            state.counts.refused &+= 1
            if state.isClosed { return DatabaseError(.unavailable, "the balancer \(name) has ended") }
            let nodes = state.machine.nodes.map { node in
                let order = node.order == .ready ? "" : ", ordered to \(node.order.rawValue)"
                let use = node.facts?.takesChanges == false ? ", takes no changes" : ""
                return "\(node.settings.name) is \(node.trust.name)\(order)\(use)"
                    + (node.trust.reason.map { " (\($0))" } ?? "")
            }
            return DatabaseError(.unavailable, "no node of \(name) can be used: \(nodes.joined(separator: "; "))")
        }
    }

    /// A call has ended with its node.
    ///
    /// - Parameter error: How it failed, when it did.
    func release(_ index: Int, _ error: DatabaseError? = nil) {
        if let error { failed(index, error) }
        handle { $0.ended(index, .now) }
    }

    /// Something failed; where it was because of the node, it is doubted.
    func failed(_ index: Int, _ error: DatabaseError) {
        guard error.isOfNode else { return }
        handle { machine in
            machine.nodes[index].failures &+= 1
            return machine.failed(index, "\(error)", .now)
        }
    }

    /// Whether a node has not lost trust.
    func trusts(_ index: Int) -> Bool { state.withLock { $0.machine.nodes[index].trust.isTrustedOrDoubted } }

    /// Whether a connection may stay on a node, once it is between two transactions.
    func mayStay(on index: Int, for purpose: Machine.Purpose) -> Bool {
        state.withLock { $0.machine.mayStay(index, for: purpose) }
    }

    /// Tables were changed on a node.
    func schemaChanged(on index: Int) {
        state.withLock { $0.machine.schemaChanged(on: index, .now) }
    }
}
