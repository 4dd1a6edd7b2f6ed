/// What a scan waits for at its end: the looks at paths that were wanted until then, and none that are wanted later.
///
/// A file that somebody writes to all the time is looked at all the time.
struct ScanLooks: Sendable {
    /// How many paths are before those that came later.
    private var queued: Int
    /// Looks that are under way or wait, and whether another one has to follow: they may have begun before the scan saw the
    /// path.
    private var awaited: [TreePath: Bool]

    /// - Parameters:
    ///   - queued: How many paths wait for a look.
    ///   - begun: The looks that are under way.
    init(queued: Int, begun: [TreePath: FolderReplica.Look]) {
        self.queued = queued
        awaited = begun.mapValues { $0 != .fresh }
    }

    /// Whether nothing is waited for.
    var areOver: Bool { queued == 0 && awaited.isEmpty }

    /// A path that waited has its turn.
    mutating func taken(_ path: TreePath, isBusy: Bool, isBegun: Bool) {
        if queued > 0 {
            queued -= 1
            if !isBusy { awaited[path] = isBegun }
        } else if isBusy {
            // It is looked at when what is being done there is done.
            awaited[path] = nil
        }
    }

    /// A look came to its end.
    ///
    /// - Parameter isFollowed: Whether the path waits for another one.
    mutating func ended(_ path: TreePath, isFollowed: Bool) {
        guard let isFirst = awaited.removeValue(forKey: path) else { return }
        if isFirst, isFollowed { awaited[path] = false }
    }
}
