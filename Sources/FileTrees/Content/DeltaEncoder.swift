import FileReplication

/// Makes a delta by rsync's algorithm, for a peer who told the signature of another version.
///
/// A peer's signature can be made to cost us much: sums that many windows have, with hashes that none has. So there is a
/// limit for how many blocks may have one sum, and for how often a hash may be taken in vain.
struct DeltaEncoder {
    /// The most blocks that are looked at for one sum.
    private static let mostCandidates = 8
    /// How often a hash may be taken in vain: so often, and once more for each block.
    private static let freeFailures = 1024
    /// How much of the file is looked at at once.
    private static let portion = 4 << 20

    private let signature: BlockSignature
    private let read: (UInt64, Int) throws(FileTreeError) -> [UInt8]
    private let emit: (DeltaOperation) throws(FileTreeError) -> Void

    /// Where the blocks with a sum begin in the list of blocks sorted by sum.
    private let order: [Int32]
    private let starts: [UInt32: Int32]
    /// A bit for each of the upper 16 bits that a sum may have: most windows need no more than a look here.
    private let filter: [Bool]
    private var failures = 0
    private var pending: (offset: UInt64, count: UInt64)?

    /// Prepares for a signature.
    init(
        _ signature: BlockSignature,
        read: @escaping (_ offset: UInt64, _ count: Int) throws(FileTreeError) -> [UInt8],
        emit: @escaping (DeltaOperation) throws(FileTreeError) -> Void
    ) {
        self.signature = signature
        self.read = read
        self.emit = emit
        let blocks = signature.blocks
        let order = blocks.indices.sorted { (blocks[$0].weak, $0) < (blocks[$1].weak, $1) }
        var starts: [UInt32: Int32] = [:]
        starts.reserveCapacity(order.count)
        var filter = [Bool](repeating: false, count: 1 << 16)
        for (place, index) in order.enumerated() {
            let weak = blocks[index].weak
            if starts[weak] == nil { starts[weak] = Int32(truncatingIfNeeded: place) }
            filter[Int(weak >> 16 ^ weak & 0xFFFF)] = true
        }
        self.order = order.map { Int32(truncatingIfNeeded: $0) }
        self.starts = starts
        self.filter = filter
    }

    /// Makes the delta of a file of this size.
    mutating func run(size: UInt64) throws(FileTreeError) {
        let length = signature.blockLength
        var offset: UInt64 = 0
        var buffer: [UInt8] = []
        while true {
            let wanted = min(size - min(size, offset + UInt64(buffer.count)), UInt64(Self.portion))
            let fresh = wanted > 0 ? try read(offset + UInt64(buffer.count), Int(wanted)) : []
            guard UInt64(fresh.count) == wanted else { throw FileTreeError(.changed) }
            buffer += fresh
            let isLast = offset + UInt64(buffer.count) >= size
            let done = try search(buffer, length: length)
            // What is shorter than a block is looked at again together with what follows.
            if isLast {
                try flush()
                return try literal(buffer[done...])
            }
            offset += UInt64(done)
            buffer.removeFirst(done)
        }
    }

    /// Looks for blocks.
    ///
    /// - Returns: How many bytes are dealt with.
    private mutating func search(_ buffer: [UInt8], length: Int) throws(FileTreeError) -> Int {
        var begin = 0
        var position = 0
        while position + length <= buffer.count {
            guard let match = find(buffer, from: &position, length: length) else { break }
            try literalAfterFlush(buffer[begin..<position])
            try copy(UInt64(match) * UInt64(length), count: UInt64(length))
            position += length
            begin = position
        }
        // Before the last window there is no match.
        let end = max(begin, buffer.count - length + 1)
        try literalAfterFlush(buffer[begin..<end])
        return end
    }

    /// The next window that is a block, and which.
    private mutating func find(_ buffer: [UInt8], from position: inout Int, length: Int) -> Int? {
        guard !signature.blocks.isEmpty else { return nil }
        let limit = Self.freeFailures + signature.blocks.count
        var index = position
        var tries = failures
        let match: Int? = unsafe buffer.withUnsafeBufferPointer { bytes in
            var sum = unsafe RollingSum(UnsafeBufferPointer(rebasing: bytes[index..<(index + length)]))
            while true {
                let weak = sum.value
                if filter[Int(weak >> 16 ^ weak & 0xFFFF)], let start = starts[weak], tries < limit {
                    let window = unsafe UnsafeBufferPointer(rebasing: bytes[index..<(index + length)])
                    if let match = unsafe matching(window, weak, from: Int(start)) { return match }
                    tries += 1
                }
                guard index + length < bytes.count else { return nil }
                unsafe sum.roll(out: bytes[index], in: bytes[index + length], length: UInt32(length))
                index += 1
            }
        }
        (position, failures) = (index, tries)
        return match
    }

    private func matching(_ window: UnsafeBufferPointer<UInt8>, _ weak: UInt32, from start: Int) -> Int? {
        let strong = unsafe BlockSignature.strong(window)
        // The block after the one that was copied last makes one operation of both.
        let expected = pending.map { ($0.offset + $0.count) / UInt64(signature.blockLength) }
        var found: Int?
        for place in start..<min(start + Self.mostCandidates, order.count) {
            let index = Int(order[place])
            guard signature.blocks[index].weak == weak else { break }
            guard signature.blocks[index].strong == strong else { continue }
            if UInt64(index) == expected { return index }
            if found == nil { found = index }
        }
        return found
    }

    private mutating func copy(_ offset: UInt64, count: UInt64) throws(FileTreeError) {
        if let last = pending, last.offset + last.count == offset {
            pending = (last.offset, last.count + count)
            return
        }
        try flush()
        pending = (offset, count)
    }

    private mutating func flush() throws(FileTreeError) {
        guard let last = pending else { return }
        pending = nil
        try emit(.copy(offset: last.offset, count: last.count))
    }

    private mutating func literalAfterFlush(_ bytes: ArraySlice<UInt8>) throws(FileTreeError) {
        guard !bytes.isEmpty else { return }
        try flush()
        try literal(bytes)
    }

    private func literal(_ bytes: ArraySlice<UInt8>) throws(FileTreeError) {
        var rest = bytes
        while !rest.isEmpty {
            let part = rest.prefix(DeltaLimits.longestLiteral)
            try emit(.literal(Array(part)))
            rest = rest.dropFirst(part.count)
        }
    }
}

extension BlockSignature {
    /// The part of a block's hash that is told.
    static func strong(_ window: UnsafeBufferPointer<UInt8>) -> UInt64 {
        unsafe ContentHasher.hash(window).bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The signature of a file.
    ///
    /// - Throws: `tooLarge` when it would have too many blocks.
    static func of(_ file: OpenFile, size: UInt64) throws(FileTreeError) -> BlockSignature {
        let length = blockLength(for: size)
        guard isPossible(for: size) else { throw FileTreeError(.tooLarge) }
        var blocks: [Block] = []
        let blocksAtOnce = max(1, ContentHasher.portion / length)
        var offset: UInt64 = 0
        while offset + UInt64(length) <= size {
            let bytes = try file.read(blocksAtOnce * length, at: offset)
            let whole = bytes.count / length
            guard whole > 0 else { break }
            unsafe bytes.withUnsafeBufferPointer { bytes in
                for start in stride(from: 0, to: whole * length, by: length) {
                    let window = unsafe UnsafeBufferPointer(rebasing: bytes[start..<(start + length)])
                    unsafe blocks.append(Block(weak: RollingSum(window).value, strong: strong(window)))
                }
            }
            offset += UInt64(whole * length)
        }
        guard let signature = BlockSignature(blockLength: length, blocks: blocks) else {
            throw FileTreeError(.tooLarge)
        }
        return signature
    }
}
