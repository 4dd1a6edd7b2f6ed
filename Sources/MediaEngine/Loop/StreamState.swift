import Base
import CMedia
import MediaDSP

typealias StreamPointer = UnsafeMutablePointer<StreamState>
typealias PacketBuffer = UnsafeMutableBufferPointer<UInt8>

/// How audio gets from one stream's format into another's.
enum RelayPlan {
    /// It cannot.
    case none
    /// As it is.
    case forward
    /// By a table, in place.
    case muToA, aToMu
    /// Through samples, resampled where the rates differ.
    case transcode

    /// - Parameters:
    ///   - source: the format that arrives.
    ///   - target: the format to be sent.
    init(from source: StreamFormat?, to target: StreamFormat?) {
        guard let source, let target else {
            self = .none
            return
        }
        let isSameLength = source.packetMilliseconds == target.packetMilliseconds
        if source.codecToken == target.codecToken, isSameLength || source.coding == nil {
            self = .forward
        } else if let from = source.coding, let to = target.coding {
            switch (from.law, to.law, from.rate == to.rate && isSameLength) {
            case (.mu, .a, true): self = .muToA
            case (.a, .mu, true): self = .aToMu
            default: self = .transcode
            }
        } else {
            self = .none
        }
    }
}

/// Everything that a loop knows about one stream.
///
/// It lives at a fixed address, belongs to one loop at a time, and is reached through pointers: a packet on its way
/// from one stream to the other touches no reference count.
struct StreamState: ~Copyable {
    var core: StreamCore
    let id: UInt64
    var control: Unmanaged<StreamControl>?

    /// The sockets; −1 for a virtual stream.
    var rtp: Int32 = -1
    var rtcp: Int32 = -1
    /// The even port to give back.
    var port: UInt16 = 0

    /// Where RTP goes; of length 0 while the socket is connected.
    var destination = cmedia_destination()
    var hasDestination = false
    var isConnected = false
    /// Whether all that was queued before the socket was connected has been read: from then on the kernel filters.
    var trustsKernel = false
    /// Whether a housekeeping has passed since the socket was connected.
    var hasSettled = false
    var rtcpEndpoint: IPEndpoint?
    var multiplexesRTCP = false
    var reportInterval: Duration?
    var nextReport: MonotonicInstant?
    var reportedPackets: UInt64 = 0
    /// RTCP datagrams since the last housekeeping; more than a few are not looked at.
    var controlPackets = 0

    /// What the loops have counted of it.
    var counted = MediaTraffic()

    /// The stream it is bridged with, on the same loop.
    var peer: StreamPointer?
    /// The other half of a virtual pair, on the same loop.
    var twin: StreamPointer?
    /// How its datagrams become packets, where they have no headers.
    var bare: BareFraming?
    /// How what arrives here gets to the peer.
    var plan = RelayPlan.none
    /// What is decoded goes through these, in this order.
    var order: ArrivalOrder?
    /// What arrives waits there first, as the options say.
    var jitter: JitterDelay?
    var jitterOptions: JitterOptions?
    var resampler: Resampler?
    var assembler: FrameAssembler?

    /// A playback or keys have precedence over what is relayed to this stream.
    var isOccupied = false
    /// What arrives is sent back.
    var echoes = false
    /// Something listens: a recording or a detector.
    var isTapped = false
    /// How loud each direction is, in parts of ``Level/unity``.
    var receivedLevel = Level.unity
    var sentLevel = Level.unity
    /// Something is mixed into what is relayed to this stream.
    var isMixed = false

    var handler: (@Sendable (MediaEvent) -> Void)?
    var playbacks = Playbacks()
    /// When something was mixed into what is relayed to this stream last.
    var mixedAt = MonotonicInstant.zero
    var taps = Taps()
    var echoLine: EchoLine?
    var keys = DTMFQueue()
    /// Whether the peer's keys are not relayed.
    var keepsKeys = false
    /// Whether the other side's keys are not relayed to the peer.
    var refusesKeys = false
    /// Whether keys go to the peer as tones.
    var speaksKeys = false
    var nextTick = MonotonicInstant.zero

    /// The places in the loop's lists; −1 outside.
    var index = -1
    var timedIndex = -1

    init(id: UInt64) {
        var generator = SystemRandomNumberGenerator()
        core = StreamCore(using: &generator)
        self.id = id
    }

    /// Whether something has to happen every packet time.
    var needsTicks: Bool {
        let delays = jitter != nil
        return delays || playbacks.areActive || taps.needsTicks || echoLine != nil || keys.isActive
    }
}
