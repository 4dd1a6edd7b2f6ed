public import FileReplication

/// What happened to a folder, for those who act on it.
public struct FileSyncEvent: Sendable {
    /// What it is; as a word, it is the end of an event's name.
    public enum Kind: String, CaseIterable, Sendable {
        /// What is at a path came from elsewhere, and is the newest version.
        case finished
        /// What was at a path was removed elsewhere.
        case removed
        /// Two versions did not know of each other.
        case conflict
        /// So many deletions wait until somebody decides.
        case deletionsWaiting = "deletions_waiting"
        /// The root of the folder is not there.
        case rootVanished = "root_vanished"
        /// It is there again.
        case rootReturned = "root_returned"
        /// A path could not be brought up to date.
        case failed
        /// Nothing is written for a while.
        case paused
        /// Writing goes on.
        case resumed
        /// A peer said something that it may not say.
        case misbehaved
        /// A peer and this node have the same.
        case inSync = "in_sync"
        /// A change was made here that is not this node's to make.
        case ignored
        /// A node has changed a file that is another one's.
        case refused
        /// A file that grew elsewhere grows on here.
        case continued
        /// Everything was looked at.
        case scanned
        /// Something could not be looked at, or not be watched.
        case unreadable
        /// The index was damaged, cannot be written, or is written again.
        case index
        /// Somebody paused the folder, or let it go on.
        case halted

        /// Whether an operator should know.
        var isAlarming: Bool {
            switch self {
            case .conflict, .deletionsWaiting, .rootVanished, .failed, .paused, .misbehaved, .ignored, .refused,
                .unreadable, .index:
                true
            default: false
            }
        }
    }

    /// What it is.
    public var kind: Kind
    /// The folder's name.
    public var folder: String
    /// Where the folder is on this node.
    public var root: String
    /// The path in the folder; `nil` where it is about all of it.
    public var path: TreePath?
    /// What more there is to say.
    public var detail: String

    /// As a line of the log; a path cannot break it.
    var line: String {
        let place = path.map { " \($0)" } ?? ""
        return "\(folder): \(kind.rawValue)\(place)\(detail.isEmpty ? "" : ": \(detail)")"
    }
}

extension FileSyncEvent {
    /// What a folder tells.
    ///
    /// - Parameter name: What a node is called.
    init(_ event: FolderEvent, folder: String, root: String, name: (NodeID) -> String) {
        (self.folder, self.root) = (folder, root)
        switch event {
        case .replica(let event): (kind, path, detail) = Self.parts(event, name)
        case .scanned(let files): (kind, path, detail) = (.scanned, nil, "\(files) files")
        case .fault(let place, let fault): (kind, path, detail) = (.unreadable, place, "\(fault)")
        case .watchIncomplete:
            (kind, path, detail) = (.unreadable, nil, "changes are not told by the system, and are looked for")
        case .indexDamaged(let kept):
            (kind, path, detail) = (.index, nil, "it was damaged, is kept as \(kept) and made anew")
        case .indexFailed(let reason): (kind, path, detail) = (.index, nil, "it cannot be written: \(reason)")
        case .indexRecovered: (kind, path, detail) = (.index, nil, "it is written again")
        case .halted(let isHalted): (kind, path, detail) = (.halted, nil, isHalted ? "paused" : "goes on")
        }
    }

    /// There is one for each file that comes; asking the runtime for the name of a case would take longer than all the rest.
    private static func word(for kind: FileKind) -> String {
        switch kind {
        case .file: "file"
        case .directory: "directory"
        case .symbolicLink: "symbolicLink"
        }
    }

    private static func parts(_ event: ReplicaEvent, _ name: (NodeID) -> String) -> (Kind, TreePath?, String) {
        switch event {
        case .finished(let path, let metadata): (.finished, path, "\(word(for: metadata.kind)), \(metadata.size) bytes")
        case .removed(let path): (.removed, path, "")
        case .conflict(let path, let kept): (.conflict, path, kept.map { "kept as \($0)" } ?? "kept with the versions")
        case .guardTripped(let isLocal, let count):
            (.deletionsWaiting, nil, "\(count), made \(isLocal ? "here" : "elsewhere")")
        case .rootVanished: (.rootVanished, nil, "")
        case .rootReturned: (.rootReturned, nil, "")
        case .failed(let path, let failure): (.failed, path, "\(failure)")
        case .paused(let failure): (.paused, nil, "\(failure)")
        case .resumed: (.resumed, nil, "")
        case .misbehaved(let node, let what): (.misbehaved, nil, "\(name(node)): \(what)")
        case .inSync(let node): (.inSync, nil, name(node))
        case .localChangeIgnored(let path): (.ignored, path, "the change is not this node's to make")
        case .changeRefused(let path, let node): (.refused, path, "\(name(node)) changed it, and it is not its file")
        case .continued(let path, let size): (.continued, path, "\(size) bytes")
        }
    }
}
