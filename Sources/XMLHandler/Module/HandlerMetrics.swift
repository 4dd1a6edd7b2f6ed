import Cache
import SwitchCore

/// What is counted of look-ups and of what is kept.
enum HandlerMetrics {
    /// The names that they are registered under.
    static let keys = ["xml_handler_questions", "xml_handler_failures"] + cacheKeys
    private static let cacheKeys = [
        "xml_handler_cache", "xml_handler_cache_documents", "xml_handler_cache_bytes", "xml_handler_memcached",
        "xml_handler_memcached_untold", "xml_handler_deletes", "xml_handler_deletes_untold",
    ]

    static func all(_ provider: TablesProvider) -> [(String, Metric)] {
        let questions = Metric("xml_handler_questions", .counter, "Look-ups that the tables were asked for.") {
            provider.counts.questions
        }
        let failures = Metric("xml_handler_failures", .counter, "Look-ups that the tables could not answer.") {
            provider.counts.failures
        }
        let metrics = [questions, failures] + cache { provider.documents }
        return zip(keys, metrics).map { ($0, $1) }
    }

    /// What is counted of documents that are kept.
    static func cache(_ documents: @escaping @Sendable () -> DocumentSource) -> [Metric] {
        [
            Metric(cacheKeys[0], .counter, "Documents that were looked for, by where they were found.") {
                outcomes(documents().counts ?? CacheCounts()).map { Metric.Sample(Double($1), [("outcome", $0)]) }
            },
            Metric(cacheKeys[1], .gauge, "Documents in memory.") { documents().size.entries },
            Metric(cacheKeys[2], .gauge, "About how many bytes they are.") { documents().size.bytes },
            Metric(cacheKeys[3], .gauge, "Whether a memcached server is asked: 1, or 0 while it is left alone.") {
                documents().servers.map {
                    Metric.Sample($0.isThere ? 1 : 0, [("server", "\($0.address)")])
                }
            },
            Metric(cacheKeys[4], .gauge, "Memcached servers that have not taken yet what was forgotten here.") {
                documents().untold
            },
            Metric(cacheKeys[5], .gauge, "Whether nodes hear of each other's deletes through the database: 1 or 0.") {
                documents().deletes.map { ways($0) } ?? []
            },
            Metric(cacheKeys[6], .gauge, "What was forgotten here, and is not in the database yet.") {
                documents().untoldDeletes
            },
        ]
    }

    private static func ways(_ deletes: DeleteTable) -> [Metric.Sample] {
        [DeleteTable.Use.told, .heard].map { Metric.Sample(deletes.works($0) ? 1 : 0, [("way", $0.rawValue)]) }
    }

    private static func outcomes(_ counts: CacheCounts) -> [(String, Int)] {
        [
            ("memory", counts.memory), ("nothing", counts.negative), ("stale", counts.stale),
            ("memcached", counts.remote), ("loaded", counts.loads), ("failed", counts.failures),
            ("joined", counts.joined), ("refused", counts.refused), ("forgotten", counts.forgotten),
        ]
    }
}
