import Glibc

/// Has the system kill this process, as it does with programs that are killed or run out of memory: no code of theirs runs.
public enum SuddenDeath {
    /// It comes in a while, whatever is being done then.
    public static func comes(afterMicroseconds delay: Int) {
        var event = sigevent()
        event.sigev_notify = Int32(SIGEV_SIGNAL)
        event.sigev_signo = SIGKILL
        var timer: timer_t?
        var time = itimerspec()
        (time.it_value.tv_sec, time.it_value.tv_nsec) = (delay / 1_000_000, delay % 1_000_000 * 1000)
        // The first one's number is zero, which looks like none.
        guard timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 else { return }
        timer_settime(timer, 0, &time, nil)
    }
}
