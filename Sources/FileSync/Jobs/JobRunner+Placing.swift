import FileReplication
import FileTrees

/// Puts staged files at their places, many at a time.
extension JobRunner {
    /// A staged file that is to be placed.
    struct Placement: Sendable {
        let file: FileReplication.StagedFile
        let path: TreePath
        let metadata: FileMetadata
        let expected: Expectation
    }

    /// Places files, each by itself; what became of each, in their order.
    func place(_ placements: [Placement]) -> [JobOutcome] {
        var outcomes: [JobOutcome] = placements.map { _ in .failed(.other) }
        var ready: [(number: Int, placement: TreePlacer.Placement, hash: ContentHash?)] = []
        for (number, placement) in placements.enumerated() {
            do {
                let (prepared, hash) = try prepare(placement)
                ready.append((number, prepared, hash))
            } catch {
                outcomes[number] = .failed(Self.failure(error))
            }
        }
        for (item, result) in zip(ready, placer.placeAll(ready.map { $0.placement })) {
            let placement = placements[item.number]
            do {
                let identity = try at(placement.path) { () throws(FileTreeError) in
                    let placed = try result.get()
                    if let hash = item.hash { summaries.put(hash, placed.stamp, madeAs: placement.metadata) }
                    return placed
                }
                if case .growing = placement.file { try store.removeGrowth(StagingTable.token(of: placement.file)) }
                outcomes[item.number] = .done(identity)
            } catch {
                outcomes[item.number] = .failed(Self.failure(error))
            }
            // Whatever became of it: it may have its name, and nothing is to be written into it any more.
            staging.close(StagingTable.token(of: placement.file))
        }
        return outcomes
    }

    private func prepare(_ placement: Placement) throws -> (TreePlacer.Placement, ContentHash?) {
        let entry = try staging.entry(StagingTable.token(of: placement.file))
        let size = placement.metadata.size
        let present = try entry.file.size
        guard present == size else { throw present == 0 ? JobFailure.missing : JobFailure.corrupt }
        var hash: ContentHash?
        if case .content(let expected) = placement.file {
            guard try entry.hash(size: size) == expected else { throw JobFailure.corrupt }
            hash = expected
        }
        let state = try keepVersion(placement.path, placement.expected)
        return (
            TreePlacer.Placement(entry.file, at: placement.path, metadata: placement.metadata, expecting: state), hash
        )
    }
}
