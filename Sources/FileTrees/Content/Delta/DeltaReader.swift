/// Reads a peer's operations, whose bytes come in pieces.
///
/// After a fault there is nothing more to be had.
public struct DeltaReader: Sendable {
    /// The longest operation without its bytes: a letter and two numbers.
    private static let longestHead = 21

    private let baseSize: UInt64
    private let size: UInt64
    private var waiting: [UInt8] = []
    private var start = 0
    private var made: UInt64 = 0
    private var operations = 0

    /// Whether the ending was read, and the file has all its bytes.
    public private(set) var isDone = false

    /// Begins.
    ///
    /// - Parameters:
    ///   - baseSize: The size of the file that copies are made of.
    ///   - size: The size of the file that comes out.
    public init(baseSize: UInt64, size: UInt64) {
        self.baseSize = baseSize
        self.size = size
    }

    /// Takes what came.
    ///
    /// Whoever feeds it asks for all operations before it feeds more.
    public mutating func feed(_ bytes: some Sequence<UInt8>) {
        if start > 0 {
            waiting.removeFirst(start)
            start = 0
        }
        waiting += bytes
    }

    /// The next operation; `nil` when it is not all there yet, or there is none any more.
    public mutating func next() throws(DeltaFault) -> DeltaOperation? {
        guard !isDone, start < waiting.count else { return nil }
        var head = NumberReader(waiting[start...])
        guard let operation = try read(&head) else {
            // What is incomplete may not grow for ever.
            guard waiting.count - start <= Self.longestHead + DeltaLimits.longestLiteral else {
                throw .malformed
            }
            return nil
        }
        start = head.index
        guard let operation = operation.value else {
            guard made == size else { throw .wrongSize }
            isDone = true
            return nil
        }
        operations += 1
        guard operations <= DeltaLimits.mostOperations else { throw .tooLarge }
        let (sum, isTooMuch) = made.addingReportingOverflow(operation.count)
        guard !isTooMuch, sum <= size else { throw .wrongSize }
        made = sum
        return operation
    }

    private enum Step {
        case operation(DeltaOperation)
        case end

        var value: DeltaOperation? {
            if case .operation(let operation) = self { operation } else { nil }
        }
    }

    private func read(_ head: inout NumberReader) throws(DeltaFault) -> Step? {
        switch head.byte() {
        case DeltaWriter.end?:
            return .end
        case DeltaWriter.copy?:
            guard let offset = try head.number(), let count = try head.number() else { return nil }
            let (end, isTooFar) = offset.addingReportingOverflow(count)
            guard count > 0 else { throw .malformed }
            guard !isTooFar, end <= baseSize else { throw .outsideBase }
            return .operation(.copy(offset: offset, count: count))
        case DeltaWriter.literal?:
            guard let count = try length(&head), let bytes = head.bytes(count) else { return nil }
            return .operation(.literal(bytes))
        case DeltaWriter.packed?:
            guard let count = try length(&head), let packed = try length(&head) else { return nil }
            guard packed < count else { throw .malformed }
            guard let bytes = head.bytes(packed) else { return nil }
            return .operation(.packed(bytes, count: count))
        default:
            throw .malformed
        }
    }

    private func length(_ head: inout NumberReader) throws(DeltaFault) -> Int? {
        guard let number = try head.number() else { return nil }
        guard number > 0 else { throw .malformed }
        guard number <= UInt64(DeltaLimits.longestLiteral) else { throw .tooLarge }
        return Int(number)
    }
}

/// Reads numbers of seven bits at a time, as far as they are there.
struct NumberReader {
    private let input: ArraySlice<UInt8>
    private(set) var index: Int

    init(_ input: ArraySlice<UInt8>) {
        self.input = input
        index = input.startIndex
    }

    var isAtEnd: Bool { index >= input.endIndex }

    mutating func byte() -> UInt8? {
        guard index < input.endIndex else { return nil }
        defer { index += 1 }
        return input[index]
    }

    /// A number; `nil` when it is not all there.
    mutating func number() throws(DeltaFault) -> UInt64? {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = byte() else { return nil }
            // The tenth has room for one bit only.
            guard shift < 63 || byte <= 1 else { throw .malformed }
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
        }
        throw .malformed
    }

    mutating func bytes(_ count: Int) -> [UInt8]? {
        guard count >= 0, input.endIndex - index >= count else { return nil }
        defer { index += count }
        return Array(input[index..<(index + count)])
    }
}
