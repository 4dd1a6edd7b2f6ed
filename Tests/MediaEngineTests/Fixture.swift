import Base
import MediaEngine
import Testing

/// An engine with small limits, and streams whose events can be waited for.
func makeEngine(loops: Int = 1, lockWindow: Duration = .seconds(10)) throws -> MediaEngine {
    var configuration = MediaEngineConfiguration()
    configuration.loops = loops
    configuration.ports = 20_000...24_000
    configuration.drainTime = .milliseconds(100)
    configuration.lockWindow = lockWindow
    return try MediaEngine(configuration: configuration)
}

extension MediaStream {
    /// The events from now on, as a sequence.
    func events() -> AsyncStream<MediaEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: MediaEvent.self, bufferingPolicy: .bufferingNewest(100))
        setEventHandler { continuation.yield($0) }
        return stream
    }

    /// Sets the parameters of a phone and waits until they are in force.
    func connect(
        to phone: PacketPhone,
        _ codec: MediaCodec = MediaCodec("PCMU"),
        type: UInt8 = 0,
        keys: UInt8? = 101,
        change: (inout MediaParameters) -> Void = { _ in }
    ) async {
        var parameters = MediaParameters(codec: codec, payloadType: type, remote: phone.endpoint)
        (parameters.telephoneEventSend, parameters.telephoneEventReceive) = (keys, keys)
        change(&parameters)
        update(parameters)
        _ = await statistics()
    }
}

/// The first event that `pick` finds something in; the test's time limit ends a wait for one that never comes.
func first<Value>(_ events: AsyncStream<MediaEvent>, _ pick: (MediaEvent) -> Value?) async -> Value? {
    for await event in events {
        if let value = pick(event) { return value }
    }
    return nil
}
