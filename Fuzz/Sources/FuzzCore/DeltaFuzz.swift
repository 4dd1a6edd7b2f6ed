import FileDelta

/// What a peer sends to make a file of another one: operations and signatures of blocks.
public enum DeltaFuzz {
    /// Reads the input as operations in two ways, and as a signature.
    public static func run(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let bytes = Array(input.dropFirst())
        let (baseSize, size) = (UInt64(first) << 4, UInt64(first & 15) << 8)
        let whole = read(bytes, piece: max(1, bytes.count), baseSize: baseSize, size: size)
        let pieces = read(bytes, piece: 1 + Int(first & 7), baseSize: baseSize, size: size)
        precondition(whole == pieces, "how bytes come must not matter")
        var end: UInt64 = 0
        for operation in whole.operations {
            precondition(operation.count > 0, "an operation makes something")
            end += operation.count
            if case .copy(let offset, let count) = operation {
                precondition(offset + count <= baseSize, "a copy is of what is there")
            }
        }
        precondition(end <= size, "no more comes out than was announced")
        precondition(!whole.isDone || end == size, "a file that is done is whole")
        // Numbers can be written in more than one way, but what is written anew is read as the same.
        var again = DeltaReader(baseSize: baseSize, size: size)
        again.feed(whole.operations.flatMap(DeltaWriter.bytes))
        for operation in whole.operations {
            precondition((try? again.next()) == operation, "what was written is not what was read")
        }
        if let signature = try? BlockSignature(bytes) {
            precondition((try? BlockSignature(signature.bytes)) == signature, "a signature changed")
        }
    }

    private struct Outcome: Equatable {
        var operations: [DeltaOperation] = []
        var isDone = false
        var isFaulty = false
    }

    private static func read(_ bytes: [UInt8], piece: Int, baseSize: UInt64, size: UInt64) -> Outcome {
        var reader = DeltaReader(baseSize: baseSize, size: size)
        var outcome = Outcome()
        for start in stride(from: 0, to: bytes.count, by: piece) {
            reader.feed(bytes[start..<min(start + piece, bytes.count)])
            do {
                while let operation = try reader.next() { outcome.operations.append(operation) }
            } catch {
                outcome.isFaulty = true
                break
            }
        }
        outcome.isDone = reader.isDone
        return outcome
    }
}
