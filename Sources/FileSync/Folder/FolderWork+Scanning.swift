import Base
import FileReplication
import FileTrees

/// Looks at everything: when the folder begins, when the system lost track, and when somebody asks.
extension FolderWork {
    /// Everything in a directory is to be looked at.
    func wantScan(_ directory: TreePath) {
        guard !wantedScans.contains(where: { $0 == directory || directory.isBelow($0) }) else { return }
        wantedScans.removeAll { $0.isBelow(directory) }
        wantedScans.append(directory)
        scanNext()
    }

    /// Begins with the next one; one after the other.
    func scanNext() {
        guard scan == nil, !replica.isScanning, isTaken, let runner, let directory = wantedScans.first,
            nextScanTry <= .now
        else { return }
        wantedScans.removeFirst()
        replica.beginScan()
        let configuration = settings.replication
        guard let course = try? ScanCourse(runner, below: directory, configuration) else {
            guard !directory.isRoot else {
                // Nothing was looked at: it begins anew by and by.
                replica.cancelScan()
                wantedScans.insert(directory, at: 0)
                nextScanTry = .now + Self.checkInterval
                return checkRoot()
            }
            // It is not there, or no directory: whoever looks at it will see.
            replica.touched([directory], now: .now)
            replica.endScan(now: .now)
            return
        }
        scan = course
        if directory.isRoot { (tally.collisions, tally.faults) = ([], []) }
        step(course)
    }

    private func step(_ course: ScanCourse) {
        pool.submit(isLong: true) { [inbox] in
            let part = course.step()
            inbox.post { work in work.found(part, course) }
        }
    }

    private func found(_ part: ScanCourse.Part, _ course: ScanCourse) {
        // The root went meanwhile.
        guard scan === course, let runner else { return }
        // The walk goes on while what it found is compared.
        if !part.isLast { step(course) }
        for (path, fault) in part.faults { note(path, fault) }
        let now = MonotonicInstant.now
        // The innermost come first, and what is in a directory is of no use without it.
        replica.touched(part.listings.flatMap { unknownDirectories(in: $0.directory) }, now: now)
        for listing in part.listings { replica.listed(listing.directory, listing.entries, now: now) }
        guard part.isLast else { return }
        // What is missing was deleted only if the folder is still what it was.
        pool.submit { [inbox] in
            let isThere = runner.folder.presence() == .present
            inbox.post { work in work.endScan(course, isThere: isThere) }
        }
    }

    private func endScan(_ course: ScanCourse, isThere: Bool) {
        guard scan === course else { return }
        scan = nil
        guard isThere else { return rootIsGone() }
        replica.endScan(now: .now)
        if nextIncompleteScan != .distantFuture { nextIncompleteScan = .now + Self.incompleteScanInterval }
        guard course.start.isRoot else { return }
        tell(.scanned(files: course.count))
    }

    /// Once what a scan found was looked at, and is stored, nothing is left of what was lost.
    func endRecovery() {
        guard isRecovering, !replica.isRecovering, replica.isStored, isTaken else { return }
        isRecovering = false
        writer.perform { store in try? store.setRecovering(false) }
    }

    private func note(_ path: TreePath, _ fault: ScanFault) {
        if case .sameButForCase = fault {
            if tally.collisions.count < FolderTally.mostNamed { tally.collisions.append(path) }
        } else if tally.faults.count < FolderTally.mostNamed {
            tally.faults.append(path)
        }
        guard tally.told.count < FolderTally.mostNamed, tally.told.insert(path).inserted else { return }
        tell(.fault(path, fault))
    }

    /// Goes on to the next scan; whoever waited for the ones before is told.
    func endScanWaits() {
        guard scan == nil, !replica.isScanning else { return }
        if !wantedScans.isEmpty, isTaken { return scanNext() }
        guard !scanWaiters.isEmpty else { return }
        for waiter in scanWaiters { waiter.resume() }
        scanWaiters = []
    }
}
