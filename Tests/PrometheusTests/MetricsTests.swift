import Applications
import Base
import DialplanXML
import Dispatch
import Glibc
import HTTPTransport
import Logging
import Loopback
import MediaEngine
import SwitchCore
import TandemTesting
import Testing
import XMLConfig

@testable import Prometheus

/// What the metrics of a switch say, before, during and after calls.
struct MetricsTests {
    private let loop = SimulatedLoop()
    private let softswitch: Switch

    init() throws {
        softswitch = try Switch.simulated(
            on: loop,
            xml: """
                <document type="freeswitch/xml"><section name="configuration"/><section name="directory"/>
                <section name="dialplan"><context name="default"><extension name="park">
                <condition field="destination_number" expression="^1$">
                <action application="answer"/><action application="park"/></condition>
                </extension></context></section></document>
                """,
            ports: 42400...42499,
            modules: [
                ModuleEntry(ApplicationsModule.self) { ApplicationsModule($0) },
                ModuleEntry(DialplanXMLModule.self) { DialplanXMLModule($0) },
                ModuleEntry(LoopbackModule.self) { LoopbackModule($0) },
            ]
        )
        let softswitch = softswitch
        for name in ["mod_dptools", "mod_dialplan_xml", "mod_loopback"] {
            loop.run { try? await softswitch.modules.load(name, into: softswitch) }
        }
    }

    private func switchSamples() throws -> [String: Double] {
        try ExpositionGrammar(ExpositionText.write(SwitchReadings.families(softswitch))).samples
    }

    @Test func callsAreCounted() throws {
        let before = try switchSamples()
        #expect(before["tandem_up"] == 1)
        #expect(before["tandem_sessions"] == 0)
        #expect(before["tandem_sessions_limit"] == 1000)
        #expect(before["tandem_calls_refused_total{reason=\"rate\"}"] == 0)

        loop.advance(by: .seconds(90))
        let session = try softswitch.callInside("1", on: loop)
        let during = try switchSamples()
        #expect(during["tandem_sessions"] == 2)
        #expect(during["tandem_sessions_started_total"] == 2)
        #expect(during["tandem_calls{direction=\"outbound\"}"] == 1)
        #expect(during["tandem_calls{direction=\"inbound\"}"] == 1)
        #expect(during["tandem_uptime_seconds"] == 90)

        session.requestHangUp(.userBusy)
        loop.runQueued()
        let after = try switchSamples()
        #expect(after["tandem_sessions"] == 0)
        #expect(after["tandem_sessions_peak"] == 2)
        #expect(after["tandem_calls{direction=\"inbound\"}"] == 0)
        #expect(after["tandem_calls_started_total{direction=\"inbound\"}"] == 1)
        #expect(after["tandem_calls_answered_total{direction=\"inbound\"}"] == 1)
        #expect(after["tandem_calls_ended_total{cause=\"USER_BUSY\"}"] == 2)
    }

    @Test(
        arguments: [
            (SessionLimits(maximumSessions: 0), "sessions"), (SessionLimits(sessionsPerSecond: 1), "rate"),
        ]
    ) func refusedCallsAreCounted(limits: SessionLimits, reason: String) throws {
        softswitch.configuration.sessionLimits = limits
        #expect(throws: NoCall.self) { try softswitch.callInside("1", on: loop) }
        #expect(try switchSamples()["tandem_calls_refused_total{reason=\"\(reason)\"}"] == 1)
    }

    @Test func theWholePageIsWellFormed() async throws {
        softswitch.metrics.register(
            Metric("things", .counter, "Things.", labels: [("module", "a")]) { 4 },
            as: "a_things"
        )
        softswitch.metrics.register(
            Metric("things", .counter, "Things.", labels: [("module", "b")]) { 5 },
            as: "b_things"
        )
        // The loop of the calls does not run while the media loops are waited for: without it.
        let pages = Pages(softswitch)
        let families = MetricFamily.merge(
            SwitchReadings.families(softswitch)
                + MediaReadings.families(await softswitch.media.figures(), softswitch.media.portCounts)
                + ProcessReadings.families(startTime: softswitch.startTime) + (await pages.moduleFamilies())
        )
        let page = try ExpositionGrammar(ExpositionText.write(families))
        #expect(page.samples["tandem_things_total{module=\"b\"}"] == 5)
        #expect(page.samples["tandem_rtp_port_pairs{state=\"free\"}"] == 50)
        #expect(page.samples["tandem_media_streams{loop=\"media-0\"}"] == 0)
        #expect(page.samples["process_resident_memory_bytes"] ?? 0 > 0)
        #expect(page.samples["tandem_rtp_mos"] == nil)
        let loops = loop.run { [softswitch] in await LoopReadings.families(softswitch) } ?? []
        #expect(try ExpositionGrammar(ExpositionText.write(loops)).samples.count == 2)
        await softswitch.media.shutdown()
        #expect(await softswitch.media.figures().map(\.streams) == [0])
    }

    @Test func health() async {
        let pages = Pages(softswitch, writingTo: [])
        #expect(await pages.answer("/healthz").status == .ok)
        #expect(await pages.answer("/readyz").text == "ready\n")
        softswitch.readiness.register(ReadinessCheck { "not synced" }, as: "databases")
        #expect(await pages.answer("/readyz").text == "databases: not synced\n")
        #expect(await pages.answer("/readyz").status == .serviceUnavailable)
        #expect(await pages.answer("/healthz").status == .ok)
        softswitch.readiness.remove("databases")
        softswitch.sessions.paused = [.inbound]
        #expect(await pages.answer("/readyz").status == .serviceUnavailable)
        #expect(await pages.answer("/healthz").text == "paused: no inbound calls are let in\n")
        softswitch.sessions.close()
        #expect(await pages.answer("/healthz").status == .serviceUnavailable)
        #expect(await pages.answer("/").status == .notFound)
    }

    /// A disk without room, or one that may not be written, keeps new calls away until it is in order again.
    @Test(.enabled(if: SmallFileSystem.isPossible)) func disksAreLookedAt() async throws {
        let disk = try SmallFileSystem(kilobytes: 1024)
        let pages = Pages(softswitch, writingTo: [disk.path])
        let filler = disk.path + "/filler"
        #expect(await pages.answer("/readyz").text == "ready\n")
        Self.fill(filler)
        #expect(await pages.answer("/readyz").text == "disk: \(disk.path) is full\n")
        #expect(await pages.answer("/readyz").status == .serviceUnavailable)
        // Calls that are there go on.
        #expect(await pages.answer("/healthz").status == .ok)
        unlink(filler)
        #expect(await pages.answer("/readyz").text == "ready\n")
        try disk.setReadOnly()
        #expect(await pages.answer("/readyz").text == "disk: \(disk.path) takes no changes\n")
        #expect(await pages.answer("/readyz").status == .serviceUnavailable)
        try disk.setReadOnly(false)
        #expect(await pages.answer("/readyz").text == "ready\n")
        withExtendedLifetime(disk) {}
    }

    /// Writes until there is no room left.
    private static func fill(_ path: String) {
        let file = open(path, O_WRONLY | O_CREAT, 0o600)
        let page = [UInt8](repeating: 1, count: 4096)
        while write(file, page, page.count) > 0 {}
        #expect(errno == ENOSPC)
        close(file)
    }

    /// A directory that is gone, such as one of a disk that is not mounted any more, or one below a file.
    @Test func missingDirectoriesAreTold() async throws {
        let directory = TemporaryDirectory()
        let missing = directory.path + "/recordings"
        let pages = Pages(softswitch, writingTo: [missing])
        let page = await pages.answer("/readyz")
        #expect(page.status == .serviceUnavailable)
        #expect(page.text == "disk: \(missing) is not there\n")
        try #require(mkdir(missing, 0o755) == 0)
        #expect(await pages.answer("/readyz").text != page.text)
        let below = directory.write("", to: "file") + "/db"
        #expect(DiskWatch.look(at: [below]) == "\(below) is not there")
        // The system takes no such name.
        let long = directory.path + "/" + String(repeating: "a", count: 300)
        #expect(DiskWatch.look(at: [long]) == "\(long) cannot be reached")
        withExtendedLifetime(directory) {}
        // Its own directories, which nobody has made here.
        #expect(await Pages(softswitch).answer("/readyz").text == "disk: /nonexistent/db is not there\n")
    }

    /// A disk that does not answer holds up nobody but the first who asked.
    @Test func hungDisk() async {
        let (watch, audio) = (DiskWatch(), softswitch.media.audio)
        let (asked, asking) = AsyncStream.makeStream(of: Void.self)
        let answer = DispatchSemaphore(value: 0)
        let start = MonotonicInstant.now
        @Sendable func fault(after seconds: Int, _ look: @escaping @Sendable () -> String?) async -> String? {
            await watch.fault(of: [], audio: audio, at: start + .seconds(seconds)) { _ in look() }
        }
        async let first = fault(after: 0) {
            asking.yield()
            answer.wait()
            return "full"
        }
        for await _ in asked { break }
        #expect(await fault(after: 1) { "asked twice" } == nil)
        #expect(await fault(after: 3) { "asked twice" } == "no answer")
        answer.signal()
        #expect(await first == "full")
        #expect(await fault(after: 4) { nil } == nil)
    }
}
