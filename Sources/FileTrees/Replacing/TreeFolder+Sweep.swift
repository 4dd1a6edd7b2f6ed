import Glibc

extension TreeFolder {
    /// The most things that may be staged.
    static let mostStaged = 100_000

    /// The staged files that there are, with their sizes: what was under way when the program ended.
    public func stagedFiles() throws(FileTreeError) -> [(token: UInt64, size: UInt64)] {
        var found: [(token: UInt64, size: UInt64)] = []
        for name in try staged.names(limit: Self.mostStaged) {
            guard let token = StagedFile.token(of: name), let status = try staged.statusIfPresent(of: name) else {
                continue
            }
            found.append((token, status.size))
        }
        return found
    }

    /// Removes everything that is staged, except the files with these tokens.
    ///
    /// To be called before anything is staged, or with all that is.
    ///
    /// - Returns: How many were removed.
    @discardableResult
    public func sweep(keeping tokens: Set<UInt64> = []) throws(FileTreeError) -> Int {
        var count = 0
        for name in try staged.names(limit: Self.mostStaged) {
            if let token = StagedFile.token(of: name), tokens.contains(token) { continue }
            guard let status = try staged.statusIfPresent(of: name) else { continue }
            try staged.remove(name, isDirectory: status.isDirectory)
            count += 1
        }
        return count
    }
}
