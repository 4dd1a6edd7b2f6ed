import Synchronization

/// Which streams are to be bridged with which: what the handles asked for, whatever the loops have done about it yet.
///
/// A bridge has two ends that may live on two loops. Each loop looks here when it is told to, and the end with the
/// greater number moves to the other's loop; whatever order the loops get to it in, they end at what is written here.
final class StreamTopology: Sendable {
    private let peers = Mutex<[UInt64: StreamControl]>([:])

    func bridge(_ first: StreamControl, _ second: StreamControl) {
        let affected = peers.withLock { peers in
            guard peers[first.id] !== second else { return [StreamControl]() }
            var affected = [first, second]
            for end in [first, second] {
                if let other = peers.removeValue(forKey: end.id) {
                    peers[other.id] = nil
                    affected.append(other)
                }
            }
            peers[first.id] = second
            peers[second.id] = first
            return affected
        }
        for control in affected { control.post(.relink) }
    }

    func unbridge(_ control: StreamControl) {
        let other = peers.withLock { peers in
            let other = peers.removeValue(forKey: control.id)
            if let other { peers[other.id] = nil }
            return other
        }
        guard let other else { return }
        control.post(.relink)
        other.post(.relink)
    }

    /// Whom the stream is to be bridged with.
    func peer(of control: StreamControl) -> StreamControl? {
        peers.withLock { $0[control.id] }
    }
}
