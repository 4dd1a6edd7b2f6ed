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
        "block_dtmf", "clear_speech_cache", "debug_media", "deduplicate_dtmf", "detect_audio", "detect_silence",
        "detect_speech", "displace_session", "enable_heartbeat", "enable_keepalive", "fax_detect", "jitterbuffer",
        "play_and_detect_speech", "preprocess", "record_session", "record_session_mask", "record_session_pause",
        "record_session_resume", "record_session_unmask", "remove_bugs", "set_audio_level", "set_mute", "sound_test",
        "start_dtmf", "start_dtmf_generate", "stop_displace_session", "stop_dtmf", "stop_dtmf_generate",
        "stop_record_session", "stop_tone_detect", "tone_detect", "unblock_dtmf", "vad_test", "video_refresh",
        "wait_for_silence",
    ]
}
