import Base
import CMedia
import Glibc
import RTP
import Synchronization

/// One media thread: it owns streams, and everything that happens to them happens on it.
///
/// A turn of the loop: wait for sockets, the tick and commands; move the packets that came; play and record what is
/// due; carry out commands. Commands never run amid packets, so that a pointer found in an epoll event is alive.
// @unchecked: apart from the locked inbox, everything is touched by the loop's own thread only.
final class MediaLoop: @unchecked Sendable {
    private struct Inbox {
        /// Streams that come from another loop, with those that they are linked to; before all others.
        var arrivals: [StreamControl] = []
        var announced: [StreamControl] = []
        var questions: [MediaLoopQuestion] = []
        var isStopping = false
        var onStopped: [@Sendable () -> Void] = []
        var hasStopped = false
    }

    let configuration: MediaEngineConfiguration
    let ports: PortAllocator
    let poller: OpaquePointer
    let batch: OpaquePointer
    let outbox: OpaquePointer
    /// Where packets are built that are not rewritten in place.
    let scratch: PacketBuffer
    let samples: UnsafeMutableBufferPointer<Int16>
    let resampled: UnsafeMutableBufferPointer<Int16>
    /// A payload whose turn it is.
    let ordered: PacketBuffer
    /// A packet that has waited.
    let delayed: PacketBuffer
    /// What is mixed into a relayed packet, as long as the longest one when resampled.
    let mixed: UnsafeMutableBufferPointer<Int16>

    var now = MonotonicInstant.now
    var streams: [StreamPointer] = []
    var timed: [StreamPointer] = []
    /// What the streams have moved, as far as it was counted.
    var traffic = MediaTraffic()
    private var nextHousekeeping = MonotonicInstant.zero
    private var tickNanoseconds: Int64 = 0
    private let inbox = Mutex(Inbox())
    private let count = Atomic<Int>(0)
    private let thread = Atomic<UInt64>(0)

    /// Streams with timed sources are looked at so often; packet times are multiples of it.
    static let fineTick = Duration.milliseconds(10)
    /// Timeouts and reports are looked at so often.
    static let coarseTick = Duration.milliseconds(500)
    /// So many questions wait for an answer at most: a loop that has none of them answered for so long is stuck.
    static let questionLimit = 1000
    /// With so many sockets ready at once the loop is behind, and each is likely to hold several packets.
    private static let busySockets = 64
    private static let busyPackets: Int32 = 8
    /// The low bit of a key tells the RTCP socket from the RTP socket.
    static let controlBit: UInt64 = 1

    init?(_ configuration: MediaEngineConfiguration, ports: PortAllocator) {
        guard let poller = cmedia_poller_create() else { return nil }
        (self.configuration, self.ports, self.poller) = (configuration, ports, poller)
        (batch, outbox) = (cmedia_batch_create(), cmedia_outbox_create())
        scratch = .allocate(capacity: Int(CMEDIA_PACKET_BYTES))
        scratch.initialize(repeating: 0)
        ordered = .allocate(capacity: AudioCoding.maximumSamples)
        ordered.initialize(repeating: 0)
        delayed = .allocate(capacity: RTPHeader.length + AudioCoding.maximumSamples)
        delayed.initialize(repeating: 0)
        samples = .allocate(capacity: AudioCoding.maximumSamples)
        samples.initialize(repeating: 0)
        resampled = .allocate(capacity: AudioCoding.maximumSamples * 6)
        resampled.initialize(repeating: 0)
        mixed = .allocate(capacity: AudioCoding.maximumSamples * 6)
        mixed.initialize(repeating: 0)
    }

    deinit {
        cmedia_poller_destroy(poller)
        cmedia_batch_destroy(batch)
        cmedia_outbox_destroy(outbox)
        scratch.deallocate()
        ordered.deallocate()
        delayed.deallocate()
        samples.deallocate()
        resampled.deallocate()
        mixed.deallocate()
    }

    /// How many streams live here or are about to; a closed one counts until its ports are free.
    var load: Int { count.load(ordering: .acquiring) }

    /// Streams come or go.
    func addLoad(_ change: Int) {
        count.add(change, ordering: .acquiringAndReleasing)
    }

    /// The CPU time of the thread so far; 0 before it runs.
    var cpuNanoseconds: Int64 {
        let thread = thread.load(ordering: .acquiring)
        return thread == 0 ? 0 : cmedia_cpu_of(thread)
    }

    /// The thread's `pthread_t`; 0 before it runs.
    var threadNumber: UInt64 { thread.load(ordering: .acquiring) }

    func start(number: Int) {
        startThread(named: "media-\(number)") { self.run() }
    }

    // MARK: - From other threads

    func enqueue(_ control: StreamControl) {
        inbox.withLock { $0.announced.append(control) }
        cmedia_poller_wake(poller)
    }

    func receive(_ controls: [StreamControl]) {
        inbox.withLock { $0.arrivals.append(contentsOf: controls) }
        cmedia_poller_wake(poller)
    }

    /// Has a question answered on the loop, or at once when it has ended or too many wait for it already.
    func post(_ question: MediaLoopQuestion) {
        let isTaken = inbox.withLock { inbox in
            guard !inbox.hasStopped, inbox.questions.count < Self.questionLimit else { return false }
            inbox.questions.append(question)
            return true
        }
        if isTaken { cmedia_poller_wake(poller) } else { question.answerNothing() }
    }

    func stop(_ completion: @escaping @Sendable () -> Void) {
        let isOver = inbox.withLock { inbox in
            guard !inbox.hasStopped else { return true }
            inbox.isStopping = true
            inbox.onStopped.append(completion)
            return false
        }
        if isOver { completion() } else { cmedia_poller_wake(poller) }
    }

    // MARK: - The thread

    private func run() {
        thread.store(cmedia_thread_self(), ordering: .releasing)
        while true {
            adjustTick()
            var ticks: UInt64 = 0
            var isWoken = false
            let ready = cmedia_poller_wait(poller, &ticks, &isWoken)
            now = .now
            let limit: Int32 = ready >= Self.busySockets ? Self.busyPackets : 1
            for index in 0..<ready { socketReady(cmedia_poller_key(poller, index), limit: limit) }
            if ticks > 0 { tick() }
            if isWoken, !drainInbox() { break }
        }
        thread.store(0, ordering: .releasing)
    }

    private func socketReady(_ key: UInt64, limit: Int32) {
        guard let stream = StreamPointer(bitPattern: UInt(truncatingIfNeeded: key & ~Self.controlBit)) else { return }
        if key & Self.controlBit == 0 {
            receivePackets(of: stream, limit: limit)
        } else {
            receiveControlPackets(of: stream)
        }
    }

    private func adjustTick() {
        let wanted = (timed.isEmpty ? Self.coarseTick : Self.fineTick).wholeNanoseconds
        guard wanted != tickNanoseconds else { return }
        tickNanoseconds = wanted
        cmedia_poller_set_tick(poller, wanted)
    }

    private func tick() {
        // Backwards, because a stream that is done leaves the list and the last one takes its place.
        var index = timed.count - 1
        while index >= 0 {
            if index < timed.count { advance(timed[index]) }
            index -= 1
        }
        guard now >= nextHousekeeping else { return }
        nextHousekeeping = now + Self.coarseTick
        for stream in streams { keepHouse(stream) }
    }

    /// Carries out what waits; false when the loop has come to its end.
    private func drainInbox() -> Bool {
        let (arrivals, announced, questions, isStopping) = inbox.withLock { inbox in
            defer { (inbox.arrivals, inbox.announced, inbox.questions) = ([], [], []) }
            return (inbox.arrivals, inbox.announced, inbox.questions, inbox.isStopping)
        }
        for control in arrivals { adopt(control.pointer) }
        for control in arrivals {
            relink(control)
            carryOut(control)
        }
        for control in announced { carryOut(control) }
        for question in questions { answer(question) }
        guard isStopping else { return true }
        closeAll()
        let (unanswered, completions) = inbox.withLock { inbox in
            inbox.hasStopped = true
            defer { (inbox.questions, inbox.onStopped) = ([], []) }
            return (inbox.questions, inbox.onStopped)
        }
        for question in unanswered { answer(question) }
        for completion in completions { completion() }
        return false
    }

    // MARK: - Lists

    /// Takes a stream in: from now on its packets are read here.
    func adopt(_ stream: StreamPointer) {
        stream.pointee.index = streams.count
        streams.append(stream)
        let key = UInt64(UInt(bitPattern: stream))
        if stream.pointee.rtp >= 0 { cmedia_poller_add(poller, stream.pointee.rtp, key) }
        if stream.pointee.rtcp >= 0 { cmedia_poller_add(poller, stream.pointee.rtcp, key | Self.controlBit) }
        updateTimed(stream)
    }

    /// Lets a stream go, to another loop or for ever.
    func release(_ stream: StreamPointer) {
        if stream.pointee.rtp >= 0 { cmedia_poller_remove(poller, stream.pointee.rtp) }
        if stream.pointee.rtcp >= 0 { cmedia_poller_remove(poller, stream.pointee.rtcp) }
        removeTimed(stream)
        let index = stream.pointee.index
        guard index >= 0, index < streams.count else { return }
        streams.swapAt(index, streams.count - 1)
        streams[index].pointee.index = index
        streams.removeLast()
        stream.pointee.index = -1
    }

    /// Puts a stream on the list of those that are looked at every tick, or takes it off.
    func updateTimed(_ stream: StreamPointer) {
        stream.pointee.isOccupied = stream.pointee.playbacks.areInPlace || stream.pointee.keys.isActive
        stream.pointee.isMixed = stream.pointee.playbacks.mixed != nil
        stream.pointee.isTapped = stream.pointee.taps.isActive
        let isNeeded = stream.pointee.needsTicks && stream.pointee.index >= 0
        guard isNeeded != (stream.pointee.timedIndex >= 0) else { return }
        guard isNeeded else { return removeTimed(stream) }
        stream.pointee.timedIndex = timed.count
        timed.append(stream)
        stream.pointee.nextTick = .now
    }

    private func removeTimed(_ stream: StreamPointer) {
        let index = stream.pointee.timedIndex
        guard index >= 0, index < timed.count else { return }
        timed.swapAt(index, timed.count - 1)
        timed[index].pointee.timedIndex = index
        timed.removeLast()
        stream.pointee.timedIndex = -1
    }

    func emit(_ event: MediaEvent, from stream: StreamPointer) {
        stream.pointee.handler?(event)
    }
}
