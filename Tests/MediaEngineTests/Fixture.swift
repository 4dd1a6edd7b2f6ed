import Base
import Glibc
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

/// Writes a WAV file of mono samples at 8000 Hz.
func writeSound(_ samples: [Int16], to path: String) -> Bool {
    let size = UInt32(samples.count * 2)
    var bytes = Array("RIFF".utf8) + little(size + 36) + Array("WAVEfmt ".utf8) + little(16)
    bytes += [1, 0, 1, 0] + little(8000) + little(16_000) + [2, 0, 16, 0] + Array("data".utf8) + little(size)
    for sample in samples { bytes += [UInt8(truncatingIfNeeded: sample), UInt8(truncatingIfNeeded: sample >> 8)] }
    guard let file = fopen(path, "w") else { return false }
    let isWritten = fwrite(bytes, 1, bytes.count, file) == bytes.count
    return fclose(file) == 0 && isWritten
}

private func little(_ number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}
