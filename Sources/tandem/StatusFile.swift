import Glibc
import MediaEngine
import SwitchCore

/// What the switch holds right now, as JSON in `<run>/status.json` (written on SIGUSR1).
///
/// All of it is zero when nothing goes on, so a leak shows as a number that does not go back.
enum StatusFile {
    static func write(_ softswitch: Switch) async {
        var fields = [
            ("sessions", softswitch.sessions.count), ("channels", softswitch.sessions.count),
            ("media_streams", softswitch.media.streamCount),
        ]
        for name in softswitch.metrics.names {
            if let metric = softswitch.metrics[name] { fields.append((name, await metric.total())) }
        }
        let history = softswitch.sessionHistory
        fields.append(("sessions_since_startup", Int(clamping: history.total)))
        fields.append(("peak_sessions", history.peak))
        let text = "{" + fields.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + "}\n"
        let path = softswitch.directories.run + "/status.json"
        let temporary = path + ".new"
        guard let file = fopen(temporary, "w") else { return }
        fputs(text, file)
        guard fclose(file) == 0 else { return }
        // Readers see the old file or the new one, never half of one.
        rename(temporary, path)
    }
}
