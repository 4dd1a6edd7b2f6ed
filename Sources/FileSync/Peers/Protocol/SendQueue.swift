import Base

/// What waits to be sent, folder by folder, and what of it is next.
struct SendQueue: Sendable {
    /// A row of messages, of which the first may have gone in part.
    private struct Row: Sendable {
        var messages: [OutgoingMessage] = []
        var first = 0
        var offset = 0

        var isEmpty: Bool { first == messages.count }

        /// The next part of the first message; whether the message ends with it.
        mutating func take(_ limit: Int) -> (bytes: ArraySlice<UInt8>, flags: PeerFrame.Flags)? {
            guard first < messages.count else { return nil }
            let message = messages[first]
            let end = min(message.bytes.count, offset + limit)
            let part = message.bytes[offset..<end]
            var flags = PeerFrame.Flags(rawValue: message.lane.rawValue << PeerFrame.Flags.laneShift)
            if message.isPacked { flags.insert(.packed) }
            offset = end
            if end == message.bytes.count {
                flags.insert(.last)
                offset = 0
                first += 1
                if first == messages.count || first >= 64 {
                    messages.removeFirst(first)
                    first = 0
                }
            }
            return (part, flags)
        }
    }

    private struct Folder: Sendable {
        var rows = [Row](repeating: Row(), count: SendLane.allCases.count)
        var credit = PeerSession.window
        var bucket: TokenBucket
    }

    private var folders: [Folder]
    private var turn = 0
    private var runs = [Int](repeating: 0, count: SendLane.allCases.count)
    private var total: TokenBucket

    init(folders count: Int, now: MonotonicInstant) {
        total = TokenBucket(now: now)
        folders = Array(repeating: Folder(bucket: TokenBucket(now: now)), count: count)
    }

    mutating func append(_ message: OutgoingMessage, folder: Int) {
        guard folders.indices.contains(folder) else { return }
        folders[folder].rows[Int(message.lane.rawValue)].messages.append(message)
    }

    /// That so many more bytes may go; false when they are more than there can be.
    mutating func allow(_ count: Int, folder: Int) -> Bool {
        guard folders.indices.contains(folder), folders[folder].credit + count <= PeerSession.window else {
            return false
        }
        folders[folder].credit += count
        return true
    }

    mutating func limit(_ rate: ByteRate?, now: MonotonicInstant) { total.change(rate, now: now) }

    mutating func limit(_ rate: ByteRate?, folder: Int, now: MonotonicInstant) {
        guard folders.indices.contains(folder) else { return }
        folders[folder].bucket.change(rate, now: now)
    }

    /// What comes of a look for the next frame.
    enum Choice {
        case frame(PeerFrame)
        /// A limit is reached; not before then.
        case wait(MonotonicInstant)
        /// There is nothing, or the peer must take something first.
        case nothing
    }

    /// The next frame.
    mutating func next(now: MonotonicInstant) -> Choice {
        if let wait = total.wait(now: now) { return isEmpty ? .nothing : .wait(wait) }
        var earliest: MonotonicInstant?
        var chosen: [Int?] = []
        for lane in SendLane.allCases { chosen.append(folder(for: lane, now: now, &earliest)) }
        guard let lane = lane(of: chosen), let folder = chosen[Int(lane.rawValue)] else {
            return earliest.map { .wait($0) } ?? .nothing
        }
        return frame(lane, folder, now: now).map { .frame($0) } ?? .nothing
    }

    private var isEmpty: Bool { folders.allSatisfy { $0.rows.allSatisfy(\.isEmpty) } }

    /// The folder whose turn it is, of those that may send something of a lane.
    private mutating func folder(for lane: SendLane, now: MonotonicInstant, _ earliest: inout MonotonicInstant?) -> Int?
    {
        for step in folders.indices {
            let index = (turn + step) % folders.count
            guard !folders[index].rows[Int(lane.rawValue)].isEmpty,
                folders[index].credit > PeerFrame.costOfOne
            else { continue }
            guard let wait = folders[index].bucket.wait(now: now) else { return index }
            earliest = min(earliest ?? wait, wait)
        }
        return nil
    }

    /// The first lane, unless it has had its share and others wait.
    private mutating func lane(of chosen: [Int?]) -> SendLane? {
        for lane in SendLane.allCases where chosen[Int(lane.rawValue)] != nil {
            let isOneBehind = chosen.dropFirst(Int(lane.rawValue) + 1).contains { $0 != nil }
            if isOneBehind, runs[Int(lane.rawValue)] >= lane.weight {
                runs[Int(lane.rawValue)] = 0
                continue
            }
            if isOneBehind { runs[Int(lane.rawValue)] += 1 }
            return lane
        }
        return nil
    }

    private mutating func frame(_ lane: SendLane, _ index: Int, now: MonotonicInstant) -> PeerFrame? {
        let credit = folders[index].credit - PeerFrame.costOfOne
        let limit = min(total.longestFrame, folders[index].bucket.longestFrame, credit)
        guard let part = folders[index].rows[Int(lane.rawValue)].take(limit) else { return nil }
        let frame = PeerFrame(.message, flags: part.flags, folder: UInt16(index), part.bytes)
        folders[index].credit -= frame.cost
        folders[index].bucket.take(frame.wireCount, now: now)
        total.take(frame.wireCount, now: now)
        turn = (index + 1) % folders.count
        return frame
    }
}
