import Base
import FileReplication
import Synchronization

/// What operators ask and say.
extension FileSyncService {
    /// How many paths an answer names.
    private static let mostNamed = 100

    /// Carries out a command, such as `status --json`; others say what there is.
    public func command(_ text: String) async -> ControlAnswer {
        guard let command = FileSyncCommand(text) else { return .failed("usage: \(FileSyncCommand.usage)") }
        switch command {
        case .status(let isJSON):
            let status = await status()
            return .done(isJSON ? status.json + "\n" : status.text)
        case .scan(let name): return await each(name) { await $0.rescan() }
        case .pause(let name): return await each(name) { $0.pause() }
        case .resume(let name): return await each(name) { $0.resume() }
        case .explain(let name, let path):
            guard let folder = folder(name) else { return unknown(name) }
            return .done(await folder.explain(path).map { $0 + "\n" }.joined())
        case .verify(let name): return await verify(name)
        case .continueGrowing(let name, let path): return await continueGrowing(name, path)
        case .deletions(let name, let areMeant):
            guard let folder = folder(name) else { return unknown(name) }
            folder.decideDeletions(areMeant: areMeant)
            return .done("deletions of \(name) are \(areMeant ? "carried out" : "not carried out")\n")
        }
    }

    private func folder(_ name: String) -> SyncFolder? { state.withLock { $0.folders[name]?.folder } }

    private func unknown(_ name: String) -> ControlAnswer {
        let names = state.withLock { $0.folders.keys.sorted() }.joined(separator: ", ")
        return .failed("there is no folder \(name); there are: \(names)")
    }

    /// One folder, or all of them.
    private func chosen(_ name: String?) -> [SyncFolder] {
        guard let name else { return allFolders.sorted { $0.name < $1.name } }
        return folder(name).map { [$0] } ?? []
    }

    private func each(_ name: String?, _ body: (SyncFolder) async -> Void) async -> ControlAnswer {
        let folders = chosen(name)
        if let name, folders.isEmpty { return unknown(name) }
        for folder in folders { await body(folder) }
        return .done("done: \(folders.map(\.name).joined(separator: ", "))\n")
    }

    /// Goes on with one file that grew elsewhere, or with all whose nodes are not connected.
    private func continueGrowing(_ name: String, _ path: TreePath?) async -> ControlAnswer {
        guard let folder = folder(name) else { return unknown(name) }
        var lines: [String] = []
        var areAll = true
        let paths = if let path { [path] } else { await folder.abandonedGrowths() }
        for path in paths {
            let isDone = await folder.continueGrowing(path)
            areAll = areAll && isDone
            lines.append(isDone ? "\(path) goes on here" : "\(path): nothing came of it, or it does not grow elsewhere")
        }
        if lines.isEmpty { lines.append("no file grows on a node that is not connected") }
        return ControlAnswer(isDone: areAll, text: lines.map { $0 + "\n" }.joined())
    }

    private func verify(_ name: String?) async -> ControlAnswer {
        let folders = chosen(name)
        if let name, folders.isEmpty { return unknown(name) }
        var lines: [String] = []
        var isSound = true
        for folder in folders {
            let report = await folder.verify()
            isSound = isSound && report.damagedCount == 0
            lines.append(
                "folder \(folder.name): \(report.files) files, \(report.bytes) bytes read, "
                    + "\(report.damagedCount) damaged, \(report.changedCount) changed"
            )
            lines += report.damaged.prefix(Self.mostNamed).map { "  damaged: \($0)" }
            lines += report.changed.prefix(Self.mostNamed).map { "  changed: \($0)" }
        }
        return ControlAnswer(isDone: isSound, text: lines.map { $0 + "\n" }.joined())
    }

    /// How things are with everything.
    public func status() async -> FileSyncStatus {
        var folders: [FolderStatus] = []
        for folder in chosen(nil) { folders.append(await folder.status()) }
        return state.withLock { state in
            FileSyncStatus(
                node: state.configuration.node,
                fingerprint: state.fingerprint,
                listening: state.hub?.listeningAddress?.place,
                folders: folders,
                failed: state.failed.sorted { $0.key < $1.key }.map { (name: $0.key, reason: $0.value) },
                counts: state.folders.mapValues(\.counts),
                peers: state.hub?.status ?? []
            )
        }
    }
}
