import FileReplication
import FileTrees

/// Makes, changes and removes what needs no bytes of peers.
extension JobRunner {
    /// What has to be at a path, which is kept among the versions if that is wanted.
    func keepVersion(_ path: TreePath, _ expected: Expectation) throws -> ExpectedState {
        let state = try state(expected, at: path)
        if keepsVersions, case .version(let metadata, _) = expected, metadata.kind != .directory {
            try placer.keepName(path, label: VersionLabel.now().text, expecting: state)
        }
        return state
    }

    func copy(
        _ source: TreePath,
        to path: TreePath,
        _ metadata: FileMetadata,
        _ hash: ContentHash,
        _ expected: Expectation
    ) throws -> FileIdentity {
        let staged = try FileTrees.StagedFile(UInt64.random(in: 0...UInt64.max), in: folder)
        do {
            try staged.truncate(0)
            try staged.copy(folder, source, from: 0, count: metadata.size, to: 0)
            guard try staged.hash() == hash else { throw JobFailure.corrupt }
            let state = try keepVersion(path, expected)
            return try at(path) { () throws(FileTreeError) in
                let placed = try placer.place(
                    TreePlacer.Placement(staged, at: path, metadata: metadata, expecting: state)
                )
                summaries.put(hash, placed.stamp, madeAs: metadata)
                return placed
            }
        } catch {
            try? staged.discard()
            throw error
        }
    }

    func move(
        _ source: TreePath,
        _ being: Expectation,
        to path: TreePath,
        _ metadata: FileMetadata,
        _ hash: ContentHash,
        _ expected: Expectation
    ) throws -> FileIdentity {
        let from = try state(being, at: source)
        let seen = try folder.look(source, names: names)
        let isKnown = seen.map { summaries.hash(of: $0.stamp) == hash } ?? false
        var isOther = false
        if case .version(let old, _) = being { isOther = old != metadata }
        // The copy must stay what it was.
        if isOther, let seen, seen.links > 1, try hasConflictCopy(source, seen) {
            let placed = try copy(source, to: path, metadata, hash, expected)
            try placer.remove(source, expecting: from)
            return placed
        }
        let state = try keepVersion(path, expected)
        return try at(path) { () throws(FileTreeError) in
            var placed = try placer.rename(source, to: path, being: from, expecting: state)
            if isOther {
                placed = try placer.setMetadata(metadata, at: path, expecting: from)
            }
            if isKnown { summaries.put(hash, placed.stamp, madeAs: metadata) }
            return placed
        }
    }

    func link(
        _ source: TreePath,
        _ being: Expectation,
        to path: TreePath,
        _ expected: Expectation
    ) throws -> FileIdentity {
        let from = try state(being, at: source)
        guard let seen = try folder.look(source, names: names) else { throw JobFailure.missing }
        let hash = summaries.hash(of: seen.stamp)
        let state = try keepVersion(path, expected)
        return try at(path) { () throws(FileTreeError) in
            let placed = try placer.makeName(path, of: source, being: from, expecting: state)
            if let hash { summaries.put(hash, placed.stamp, madeAs: seen.metadata) }
            _ = links.add(source, of: seen.identity)
            _ = links.add(path, of: seen.identity)
            return placed
        }
    }

    func makeDirectory(_ path: TreePath, _ metadata: FileMetadata, _ expected: Expectation) throws -> FileIdentity {
        _ = try keepVersion(path, expected)
        return try at(path) { () throws(FileTreeError) in try placer.makeDirectory(path, metadata: metadata) }
    }

    func setMetadata(_ path: TreePath, _ metadata: FileMetadata, _ expected: Expectation) throws -> FileIdentity {
        let state = try state(expected, at: path)
        let seen = try folder.look(path, names: names)
        if let seen, seen.links > 1, try hasConflictCopy(path, seen), let hash = try observation(seen, nil)?.hash {
            return try copy(path, to: path, metadata, hash, expected)
        }
        let hash = seen.flatMap { summaries.hash(of: $0.stamp) }
        let placed = try placer.setMetadata(metadata, at: path, expecting: state)
        if let hash { summaries.put(hash, placed.stamp, madeAs: metadata) }
        return placed.stamp.identity
    }

    /// Whether a version that did not prevail is a name of the same file: it must stay what it was.
    private func hasConflictCopy(_ path: TreePath, _ seen: ScannedFile) throws -> Bool {
        try folder.names(beside: path, of: seen.identity).contains { ConflictName.isOne($0) }
    }

    func remove(_ path: TreePath, _ expected: Expectation) throws {
        let state = try keepVersion(path, expected)
        do throws(FileTreeError) {
            try placer.remove(path, expecting: state)
        } catch {
            throw error.reason == .wrongKind || error.reason == .exists ? JobFailure.notEmpty : Self.failure(error)
        }
    }

    /// Gives a file or link a second name, beside it or among the versions.
    func preserve(_ path: TreePath, as copy: TreePath?, _ expected: Expectation) throws {
        let state = try state(expected, at: path)
        guard let copy else {
            try placer.keepName(path, label: VersionLabel.now().text, expecting: state)
            return
        }
        _ = try at(copy) { () throws(FileTreeError) in
            guard case .version(let metadata, _) = expected, metadata.kind == .symbolicLink else {
                return try placer.makeName(copy, of: path, being: state, expecting: .absent)
            }
            return try placer.makeLink(copy, metadata: metadata, expecting: .absent)
        }
    }
}
