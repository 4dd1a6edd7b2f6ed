public import Cache
import Synchronization
public import XMLConfig

/// Documents from tables, kept for those who ask again.
public final class DocumentSource: Sendable {
    /// A document, and whether the very same is given again.
    public struct Found: Sendable {
        /// The document.
        public let document: XMLNode
        /// Whether what is made of it is worth keeping.
        public let isKept: Bool
    }

    /// What there was of something that was to be forgotten.
    public typealias Forgotten = LayeredCache<XMLNode>.Forgotten

    private let handler: XMLHandler
    private let cache: LayeredCache<XMLNode>?
    /// Where other nodes are told what is to be forgotten; `nil` where they are not.
    let deletes: DeleteTable?
    private let tell: @Sendable ([RowFault]) -> Void

    /// The documents of a handler.
    ///
    /// - Parameters:
    ///   - settings: How they are kept; `nil` for not at all.
    ///   - remote: The servers that keep them, too.
    ///   - deletes: Where other nodes are told what is to be forgotten.
    ///   - tell: Is told of rows that are left out, whenever a document is made.
    public init(
        _ handler: XMLHandler,
        keeping settings: CacheSettings?,
        in remote: RemoteLevel? = nil,
        sharing deletes: DeleteTable? = nil,
        tell: @escaping @Sendable ([RowFault]) -> Void
    ) {
        (self.handler, self.deletes, self.tell) = (handler, deletes, tell)
        cache = settings.map { settings in
            LayeredCache(
                DocumentCodec.codec,
                sections: ForgottenKey.sections,
                settings: settings,
                remote: remote,
                table: deletes
            )
        }
    }

    /// The document that answers a question; `nil` when there is none.
    ///
    /// - Parameters:
    ///   - host: The machine that asks, where it is not this one.
    ///   - requester: The address of the call that it is for, where the question does not say.
    public func document(
        for question: XMLQuestion,
        from host: String? = nil,
        by requester: String? = nil
    ) async throws -> Found? {
        guard handler.mayAnswer(question), let found = try await usual(question, host, requester) else { return nil }
        guard let home = await handler.home(ofUserIn: found.document, for: question, from: host),
            // Without the database what is known of the user counts.
            let template = try? await calledElsewhere(question, host), let text = template.dialString
        else { return found }
        // Nobody tells of it when a phone goes elsewhere, so that is not kept.
        return Found(document: found.document.replacingDialString(home.filled(text)), isKept: false)
    }

    /// The document of a user who is called through another switch, whichever that is; it is kept beside the usual one, and
    /// forgotten with it.
    private func calledElsewhere(_ question: XMLQuestion, _ host: String?) async throws -> XMLNode? {
        guard let cache, let usual = DocumentKey.key(for: question, options: handler.options(for: host)) else {
            return try await make(question, host, .template).document
        }
        let key = CacheKey(name: "\(usual.name),elsewhere", group: usual.group, section: usual.section)
        return try await cache.value(for: key) { try await self.make(question, host, .template).document }
    }

    /// The document as it is wherever a phone is registered.
    private func usual(_ question: XMLQuestion, _ host: String?, _ requester: String?) async throws -> Found? {
        guard let cache, let key = DocumentKey.key(for: question, options: handler.options(for: host)) else {
            return try await make(question, host).document.map { Found(document: $0, isKept: false) }
        }
        let source = DocumentKey.source(of: question, for: key, requester: requester)
        let document = try await cache.value(for: key, from: source) {
            let answer = try await self.make(question, host)
            if answer.document != nil, answer.isForNobody { cache.charge(source) }
            return answer.document
        }
        return document.map { Found(document: $0, isKept: true) }
    }

    private func make(
        _ question: XMLQuestion,
        _ host: String?,
        _ home: UserNodes.Node? = nil
    ) async throws -> XMLHandler.Answer {
        let answer = try await handler.answer(question, from: host, home: home)
        tell(answer.faults)
        return answer
    }

    /// Looks anew which tables there are, when the next document is made.
    func lookAnew() {
        handler.lookAnew()
    }

    /// What the cache has done so far; `nil` when there is none.
    public var counts: CacheCounts? { cache?.counts }

    /// How many documents are in memory, and about how many bytes they are.
    public var size: (entries: Int, bytes: Int) { cache?.size ?? (0, 0) }

    /// How many memcached servers have not taken yet what was forgotten here, so that other nodes do not know of it.
    public var untold: Int { cache?.untold ?? 0 }

    /// How much of what was forgotten here is not in the database yet, from which other nodes would know of it.
    public var untoldDeletes: Int { cache?.untoldEntries ?? 0 }

    /// How the memcached servers are.
    public var servers: [MemcachedClient.ServerStatus] { cache?.servers ?? [] }

    // MARK: - Forgetting

    /// Forgets what a key means, here and wherever else the same servers are asked, or the same database.
    ///
    /// - Returns: Whether there was any of it.
    @discardableResult
    public func forget(_ key: String) async -> Forgotten {
        await forget(ForgottenKey(key))
    }

    /// Forgets everything, here and elsewhere.
    @discardableResult
    public func forgetAll() async -> Forgotten {
        await forget(.everything)
    }

    private func forget(_ key: ForgottenKey) async -> Forgotten {
        guard let cache, !key.groups.isEmpty || !key.sections.isEmpty else { return .init() }
        return await cache.forget(groups: key.groups, sections: key.sections, sharedNames: key.sharedNames)
    }

    /// Tells servers and the database what they have not taken yet, before nobody does any more.
    public func settleDebts() async {
        await cache?.settleDebts()
    }

    /// Forgets, from now on and until the task is cancelled, what others say is to be forgotten; and tells them through the
    /// database what is forgotten here.
    public func followOthers() async {
        await cache?.followOthers()
    }
}
