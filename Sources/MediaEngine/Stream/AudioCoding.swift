import Base
import MediaDSP

/// A format that the engine can decode and encode: a law and a rate, one channel.
struct AudioCoding: Hashable {
    enum Law {
        case mu, a, linear
    }

    let law: Law
    let rate: Int

    /// The longest payload that is built; more would not fit a packet.
    static let maximumPayload = 1952
    /// The most samples that a payload can hold.
    static let maximumSamples = 2048

    init?(_ codec: MediaCodec) {
        guard codec.channels == 1, (8000...48_000).contains(codec.clockRate) else { return nil }
        if codec.name.equalsIgnoringASCIICase("PCMU") {
            law = .mu
        } else if codec.name.equalsIgnoringASCIICase("PCMA") {
            law = .a
        } else if codec.name.equalsIgnoringASCIICase("L16") {
            law = .linear
        } else {
            return nil
        }
        rate = codec.clockRate
    }

    /// Decodes a payload; gives how many samples it had.
    func decode(_ payload: Span<UInt8>, into samples: UnsafeMutableBufferPointer<Int16>) -> Int {
        var output = samples.mutableSpan
        return switch law {
        case .mu: G711.decodeMu(payload, into: &output)
        case .a: G711.decodeA(payload, into: &output)
        case .linear: LinearPCM.decode(payload, into: &output)
        }
    }

    /// Encodes samples; gives how many bytes that made.
    func encode(_ samples: Span<Int16>, into payload: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var output = payload.mutableSpan
        return switch law {
        case .mu: G711.encodeMu(samples, into: &output)
        case .a: G711.encodeA(samples, into: &output)
        case .linear: LinearPCM.encode(samples, into: &output)
        }
    }
}
