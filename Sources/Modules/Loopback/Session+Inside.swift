import Base
import MediaEngine
import SwitchCore

/// What channels inside the switch have in common.
extension Session {
    /// The first of the calls that a request makes, with its leg still to come.
    static func inside(_ request: OutgoingCall, profile: CallerProfile, on softswitch: Switch) -> Session {
        Session(
            softswitch: softswitch,
            loop: request.loop,
            direction: .outbound,
            profile: profile,
            id: request.variables["origination_uuid"]
        )
    }

    /// Gives the channel its leg and its variables, before it begins.
    func attach(inside leg: any Leg, variables: Variables) {
        attach(leg: leg)
        self.variables = variables
        setVariable("uuid", id)
        setVariable("direction", direction.rawValue)
    }

    /// Gives the channel its audio: plain samples, which nobody has to decode.
    func attach(insideAudio stream: MediaStream) {
        let codec = MediaCodec("L16", clockRate: 8000)
        stream.update(MediaParameters(codec: codec, payloadType: 97))
        attach(media: stream, codec: codec)
    }
}
