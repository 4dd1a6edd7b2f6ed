import Logging
import SwitchCore

/// Applications of FreeSWITCH's `mod_dptools` that go on after an error there, and that this version does not have.
///
/// Their calls go on here too, with an error that names them; the other applications that are missing end the call. They
/// are not among ``ApplicationsModule/applications``, so that a check of a configuration reports them.
enum MissingApplications {
    static let all: [Application] = names.map { name in
        Application(name, [.noMedia]) { session, _ in
            session.setVariable("missing_application", name)
            throw ApplicationError("not in this version: \(name)")
        }
    }

    private static let names = [
        "deduplicate_dtmf", "detect_speech", "enable_keepalive",
        "play_and_detect_speech", "preprocess", "vad_test", "video_refresh",
    ]
}
