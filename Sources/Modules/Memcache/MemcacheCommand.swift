import Base
import Cache
import SwitchCore

/// The command `memcache`: items in memcached for dialplans and scripts, and FusionPBX's word that something has changed.
struct MemcacheCommand: Sendable {
    let client: MemcachedClient

    /// Carries out a command; the text is FreeSWITCH's answer.
    func run(_ text: String, _ softswitch: Switch) async -> String {
        guard let request = MemcacheRequest(text) else { return MemcacheRequest.usage }
        do {
            return try await answer(request, softswitch)
        } catch {
            return "-ERR \(error)\n"
        }
    }

    private func answer(_ request: MemcacheRequest, _ softswitch: Switch) async throws(MemcachedFault) -> String {
        switch request {
        case .store(let storing, let item, let seconds):
            guard try await client.store(storing, item, seconds: seconds) else { throw .refused(.notStored) }
            return "+OK\n"
        case .get(let key): return String(decoding: try await item(key).value, as: UTF8.self)
        case .flags(let key): return String(try await item(key).flags, radix: 16)
        case .count(let key, let isUp, let step, let first, let seconds):
            return try await count(key, isUp, step, first, seconds)
        case .delete(let key):
            // Documents are under other names, perhaps, and other machines keep them.
            let known = await softswitch.forgetDocuments(key)
            do throws(MemcachedFault) {
                guard try await client.delete(key) || known > 0 else { throw .refused(.notFound) }
            } catch .noServers where known > 0 {
                return "+OK\n"
            }
            return "+OK\n"
        case .flush:
            await softswitch.forgetDocuments()
            return try await flush()
        case .status(let isVerbose): return await status(isVerbose)
        }
    }

    private func item(_ key: String) async throws(MemcachedFault) -> MemcachedItem {
        guard let item = try await client.get(key) else { throw .refused(.notFound) }
        return item
    }

    private func count(
        _ key: String,
        _ isUp: Bool,
        _ step: UInt64,
        _ first: MemcachedItem,
        _ seconds: Int
    ) async throws(MemcachedFault) -> String {
        if let number = try await client.count(key, up: isUp, by: step) { return String(number) }
        if try await client.store(.add, first, seconds: seconds) { return isUp ? String(step) : "0" }
        // Somebody else made it in between.
        guard let number = try await client.count(key, up: isUp, by: step) else { throw .refused(.notFound) }
        return String(number)
    }

    // MARK: - All servers

    private func flush() async throws(MemcachedFault) -> String {
        guard client.count > 0 else { throw .noServers }
        var fault: MemcachedFault?
        for index in 0..<client.count {
            do throws(MemcachedFault) {
                _ = try await client.ask(index, .flush(seconds: 0))
            } catch {
                fault = error
            }
        }
        if let fault { throw fault }
        return "+OK\n"
    }

    private func status(_ isVerbose: Bool) async -> String {
        var lines = ["Lib version: tandem"]
        var figures: [[MemcachedStatistic]] = []
        var faults: [MemcachedFault?] = []
        for index in 0..<client.count {
            do throws(MemcachedFault) {
                guard case .statistics(let found) = try await client.ask(index, .statistics) else { throw .malformed }
                figures.append(found)
                faults.append(nil)
            } catch {
                figures.append([])
                faults.append(error)
            }
        }
        if let fault = faults.last ?? nil, figures.allSatisfy(\.isEmpty) {
            lines.append("-ERR Error communicating with servers (\(fault))")
        }
        lines.append("Servers: \(client.count)")
        for (server, (found, fault)) in zip(client.status, zip(figures, faults)) {
            lines.append("  \(server.address.host) (\(server.address.port))")
            // Why it was left alone says more than that it is.
            if let fault { lines.append("    -ERR \(server.fault ?? fault)") }
            if isVerbose { lines += found.map { "    \($0.name): \($0.value)" } + [""] }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
