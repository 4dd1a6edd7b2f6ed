/// Tells of `SIGHUP`, which the program passes on as the event `TRAP`: then logs are rotated.
public final class RotationSignal: Sendable {
    private let softswitch: Switch
    private let watch: EventWatch

    /// For the modules of a switch.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
        watch = EventWatch(softswitch)
    }

    /// Calls `rotate` with the time of each signal, as names of files have it.
    public func start(_ rotate: @escaping @Sendable (_ stamp: String) -> Void) {
        let softswitch = softswitch
        watch.start([.trap]) { events in
            if events.contains(where: { $0["Trapped-Signal"] == "HUP" }) { rotate(Self.stamp(softswitch)) }
        }
    }

    /// Hears of no signals any more.
    public func stop() { watch.stop() }

    /// The present time as part of a file's name: `2026-11-25-15-04-05`.
    public static func stamp(_ softswitch: Switch) -> String {
        Clock.text("%Y-%m-%d-%H-%M-%S", seconds: softswitch.wallClock() / 1_000_000)
    }
}
