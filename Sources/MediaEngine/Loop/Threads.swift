import CMedia
import Glibc

/// Starts a detached thread; Linux shows `name` cut at 15 bytes.
func startThread(named name: String, _ body: @escaping @Sendable () -> Void) {
    let start = Unmanaged.passRetained(ThreadStart(name: String(name.prefix(15)), body: body))
    var thread = pthread_t()
    let result = pthread_create(
        &thread,
        nil,
        { argument in
            guard let argument else { return nil }
            let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
            cmedia_name_thread(start.name)
            start.body()
            return nil
        },
        start.toOpaque()
    )
    guard result == 0 else { fatalError("pthread_create: \(result)") }
    pthread_detach(thread)
}

private final class ThreadStart {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        (self.name, self.body) = (name, body)
    }
}
