import Base
import FileReplication

/// One connection to a peer: bytes and the time go in, frames and events come out.
///
/// Both say hello first, with the folders that the other one may touch. Folders are numbered as their sender has them in
/// its hello; only those count that are in both.
struct PeerSession: Sendable {
    /// How many bytes about a folder a peer may send that are not dealt with yet; it has room for a message of each lane.
    static let window = 4 * ReplicaMessage.maximumLength
    /// How many bytes are allowed together.
    private static let creditStep = 256 << 10
    /// How long a peer may take to introduce itself, with the handshake.
    static let helloPatience = Duration.seconds(10)
    /// When nothing was sent for so long, the peer is asked whether it is there.
    static let quiet = Duration.seconds(5)
    /// When nothing came for so long, it is not.
    static let patience = Duration.seconds(16)
    /// How many frames of the connection's own may wait.
    private static let mostControls = 64

    /// What happens on a connection.
    enum Event: Sendable {
        /// The peer has introduced itself; these folders are shared, by our numbers.
        case opened(PeerHello, folders: [Int: String])
        /// A message has come as a whole.
        case message(folder: Int, IncomingMessage)
    }

    /// What is to be sent now.
    typealias Choice = SendQueue.Choice

    private let own: PeerHello
    private let expected: String
    private(set) var peer: PeerHello?
    private var reader = FrameReader()
    private var queue: SendQueue
    private var controls: [PeerFrame] = []
    private var events: [Event] = []
    /// Our number of a folder, by that of the peer; `nil` for those that are not shared.
    private var numbers: [Int?] = []
    private var isShared: [Bool]
    /// Messages of which a part has come, by folder and lane.
    private var parts: [[IncomingMessage]]
    /// What the peer may still send, by folder.
    private var credit: [Int]
    private var owed: [Int]
    private var ownRates: [ByteRate?]
    private var peerRates: [ByteRate?]
    private let began: MonotonicInstant
    private var heard: MonotonicInstant
    private var sent: MonotonicInstant
    private var asked: MonotonicInstant?
    /// How long a question and its answer took; `nil` as long as there was none.
    private(set) var roundTrip: Duration?

    /// - Parameters:
    ///   - own: What this node says of itself.
    ///   - expected: What the peer is called.
    init(own: PeerHello, expected: String, now: MonotonicInstant) {
        (self.own, self.expected, began, heard, sent) = (own, expected, now, now, now)
        let count = own.folders.count
        queue = SendQueue(folders: count, now: now)
        isShared = Array(repeating: false, count: count)
        let row = Array(repeating: IncomingMessage(), count: SendLane.allCases.count)
        parts = Array(repeating: row, count: count)
        credit = Array(repeating: Self.window, count: count)
        owed = Array(repeating: 0, count: count)
        (ownRates, peerRates) = (Array(repeating: nil, count: count + 1), Array(repeating: nil, count: count + 1))
        controls = [PeerFrame(.hello, own.encoded[...])]
    }

    /// What has happened since the last time.
    mutating func popEvents() -> [Event] {
        defer { events = [] }
        return events
    }

    // MARK: - What comes

    /// Bytes came.
    ///
    /// - Throws: Why the connection has to end.
    mutating func received(_ bytes: some Sequence<UInt8>, now: MonotonicInstant) throws(PeerFault) {
        heard = now
        reader.append(bytes)
        while let frame = try reader.next() { try received(frame, now: now) }
    }

    private mutating func received(_ frame: PeerFrame, now: MonotonicInstant) throws(PeerFault) {
        guard peer != nil || frame.kind == .hello || frame.kind == .goodbye else {
            throw .unexpectedFrame(frame.kind.rawValue)
        }
        switch frame.kind {
        case .hello: try meet(frame)
        case .message: try take(frame)
        case .credit: try allow(frame)
        case .rates: try slowDown(frame, now: now)
        case .ping: try answer(frame)
        case .pong:
            // Nothing that a peer says is taken for a time; it may answer at any time, once.
            if let asked { roundTrip = now - asked }
            asked = nil
        case .goodbye: throw .told(PeerFault.plain(frame.payload))
        }
    }

    private mutating func meet(_ frame: PeerFrame) throws(PeerFault) {
        guard peer == nil else { throw .unexpectedFrame(frame.kind.rawValue) }
        let hello = try PeerHello(decoding: Array(frame.payload))
        guard hello.name.lowercased() == expected.lowercased() else {
            throw .wrongName(said: PeerFault.plain(hello.name.utf8), expected: expected)
        }
        guard hello.instance != own.instance else { throw .isOwn }
        peer = hello
        numbers = hello.folders.map { own.folders.firstIndex(of: $0) }
        for number in numbers { if let number { isShared[number] = true } }
        var shared: [Int: String] = [:]
        for (number, name) in own.folders.enumerated() where isShared[number] { shared[number] = name }
        events.append(.opened(hello, folders: shared))
        sendRates()
    }

    private mutating func take(_ frame: PeerFrame) throws(PeerFault) {
        guard Int(frame.folder) < numbers.count, let folder = numbers[Int(frame.folder)] else {
            throw .folderNotGranted
        }
        let lane = Int(frame.flags.rawValue >> PeerFrame.Flags.laneShift & PeerFrame.Flags.laneMask)
        guard lane < SendLane.allCases.count, !frame.payload.isEmpty else { throw .malformed(.wrongValue) }
        guard credit[folder] >= frame.cost else { throw .creditExceeded }
        guard parts[folder][lane].bytes.count + frame.payload.count <= ReplicaMessage.maximumLength else {
            throw .messageTooLong
        }
        credit[folder] -= frame.cost
        parts[folder][lane].append(frame)
        guard frame.flags.contains(.last) else { return }
        events.append(.message(folder: folder, parts[folder][lane]))
        parts[folder][lane] = IncomingMessage()
    }

    private mutating func allow(_ frame: PeerFrame) throws(PeerFault) {
        let (folder, count) = (Int(frame.folder), try number(frame))
        guard count <= UInt64(Self.window), queue.allow(Int(count), folder: folder) else { throw .creditExceeded }
    }

    private func number(_ frame: PeerFrame) throws(PeerFault) -> UInt64 {
        var reader = ByteReader(Array(frame.payload))
        do throws(WireError) {
            let number = try reader.number()
            try reader.finish()
            return number
        } catch {
            throw .malformed(error)
        }
    }

    private mutating func answer(_ frame: PeerFrame) throws(PeerFault) {
        guard frame.payload.isEmpty else { throw .malformed(.tooLong) }
        // Whoever asks all the time and takes no answers gets fewer.
        guard controls.count < Self.mostControls else { return }
        controls.append(PeerFrame(.pong))
    }

    // MARK: - Limits

    /// How fast things go to the peer, and come from it: of all folders, and by folder.
    mutating func limit(_ total: LinkRates, _ folders: [String: LinkRates], now: MonotonicInstant) {
        ownRates = own.folders.map { folders[$0]?.send } + [total.send]
        let wanted = own.folders.map { folders[$0]?.receive } + [total.receive]
        applyRates(now: now)
        guard wanted != wantedRates else { return }
        wantedRates = wanted
        if peer != nil { sendRates() }
    }

    private var wantedRates: [ByteRate?] = []

    /// Each folder's, then that of all together; 0 for none.
    private mutating func sendRates() {
        guard wantedRates.contains(where: { $0 != nil }) || areRatesSent else { return }
        areRatesSent = true
        var writer = ByteWriter()
        writer.list(wantedRates) { $0.number(UInt64($1?.bytes ?? 0)) }
        controls.removeAll { $0.kind == .rates }
        controls.append(PeerFrame(.rates, writer.bytes[...]))
    }

    private var areRatesSent = false

    private mutating func slowDown(_ frame: PeerFrame, now: MonotonicInstant) throws(PeerFault) {
        var reader = ByteReader(Array(frame.payload))
        var rates: [ByteRate?] = []
        do throws(WireError) {
            rates = try reader.list(atMost: PeerHello.mostFolders + 1) { reader throws(WireError) in
                let bytes = try reader.number(atMost: UInt64(ByteRate.most))
                // What is too slow to be of use is as slow as it may be.
                return bytes == 0 ? nil : ByteRate(bytes: max(Int(bytes), ByteRate.least))
            }
            try reader.finish()
        } catch {
            throw .malformed(error)
        }
        guard rates.count == numbers.count + 1, let total = rates.last else { throw .malformed(.wrongValue) }
        for (index, number) in numbers.enumerated() { if let number { peerRates[number] = rates[index] } }
        peerRates[own.folders.count] = total
        applyRates(now: now)
    }

    private mutating func applyRates(now: MonotonicInstant) {
        let last = own.folders.count
        for folder in 0..<last { queue.limit(ownRates[folder].stricter(peerRates[folder]), folder: folder, now: now) }
        queue.limit(ownRates[last].stricter(peerRates[last]), now: now)
    }

    // MARK: - What goes

    /// What the peer was told that it may touch.
    var granted: [String] { own.folders }

    /// A message is to go; nothing becomes of one about a folder that is not shared.
    mutating func send(_ message: OutgoingMessage, folder: Int) {
        guard isShared.indices.contains(folder), isShared[folder] else { return }
        queue.append(message, folder: folder)
    }

    /// A message that cost so much has been dealt with, and as much may come again.
    mutating func consumed(_ count: Int, folder: Int) {
        guard owed.indices.contains(folder), count > 0 else { return }
        owed[folder] += count
        guard owed[folder] >= Self.creditStep, let number = numbers.firstIndex(of: folder) else { return }
        var writer = ByteWriter()
        writer.number(UInt64(owed[folder]))
        credit[folder] += owed[folder]
        owed[folder] = 0
        controls.append(PeerFrame(.credit, folder: UInt16(number), writer.bytes[...]))
    }

    /// What goes next.
    mutating func next(now: MonotonicInstant) -> Choice {
        if !controls.isEmpty {
            sent = now
            return .frame(controls.removeFirst())
        }
        guard peer != nil else { return .nothing }
        let choice = queue.next(now: now)
        if case .frame = choice { sent = now }
        return choice
    }

    /// Looks at the time.
    ///
    /// - Throws: Why the connection has to end.
    mutating func tick(now: MonotonicInstant) throws(PeerFault) {
        guard peer != nil else {
            if now >= began + Self.helloPatience { throw .noHello }
            return
        }
        if now >= heard + Self.patience { throw .silent }
        guard now >= sent + Self.quiet, controls.isEmpty else { return }
        if asked == nil { asked = now }
        controls.append(PeerFrame(.ping))
    }

    /// When ``tick(now:)`` has something to do.
    var nextDeadline: MonotonicInstant {
        peer == nil ? began + Self.helloPatience : min(heard + Self.patience, sent + Self.quiet)
    }
}
