public import FileReplication

extension StagedFile {
    /// Puts what an operation makes at an offset.
    ///
    /// - Parameter base: The file of the folder that copies are made of.
    /// - Throws: `refused` for packed bytes that are none.
    public func apply(
        _ operation: DeltaOperation,
        base: (folder: TreeFolder, path: TreePath)?,
        at offset: UInt64
    ) throws(FileTreeError) {
        switch operation {
        case .literal(let bytes):
            try write(bytes, at: offset)
        case .packed(let packed, let count):
            guard let bytes = PieceCompressor.unpack(packed, count: count) else { throw FileTreeError(.refused) }
            try write(bytes, at: offset)
        case .copy(let from, let count):
            guard let base else { throw FileTreeError(.refused) }
            try copy(base.folder, base.path, from: from, count: count, to: offset)
        }
    }
}
