public import Base
public import DNSMessage

/// Answers questions as an authoritative server.
///
/// A value: bytes go in, bytes come out.
public struct Responder: Sendable {
    /// Somebody who asks.
    public struct Asker: Sendable {
        /// The address.
        public let address: IPAddress
        /// Whether the question came over a connection.
        public let isConnected: Bool
        /// The time.
        public let now: MonotonicInstant
        /// Seconds since 1970, for cookies.
        public let unixTime: UInt32
        /// A random number.
        public let chance: UInt64

        /// Somebody who asks.
        public init(address: IPAddress, isConnected: Bool, now: MonotonicInstant, unixTime: UInt32, chance: UInt64) {
            (self.address, self.isConnected, self.now) = (address, isConnected, now)
            (self.unixTime, self.chance) = (unixTime, chance)
        }
    }

    /// The zones.
    private var zones: ZoneSet
    private var transferNetworks: [IPPrefix]
    private let secrets: [DNSCookieSecret]
    private var limiter: RateLimiter
    /// Told of who asks for names that depend on it and does not say for whom.
    var note: @Sendable (DomainName, IPAddress) -> Void = { _, _ in }

    /// How a decision is asked for: for whom, with `nil` for nobody in particular, and whether the answer can send
    /// somebody where more should be known.
    public typealias Decide = (_ network: IPPrefix?, _ explores: Bool) -> SteeringDecision

    /// A server of what is configured.
    ///
    /// - Parameters:
    ///   - secrets: What cookies are made with: the first one; those of all are taken.
    ///   - seed: A number that nobody can guess.
    public init(_ settings: SmartDNSConfiguration, secrets: [DNSCookieSecret], seed: UInt64) {
        (zones, transferNetworks, self.secrets) = (settings.zones, settings.transferNetworks, secrets)
        limiter = RateLimiter(rates: settings.rates, seed: seed)
    }

    /// Goes on with another configuration.
    mutating func adopt(_ plan: SteeringPlan) {
        (zones, transferNetworks, limiter.rates) = (plan.zones, plan.transferNetworks, plan.rates)
    }

    /// The answers to a message; none for silence.
    public mutating func answers(to bytes: [UInt8], from asker: Asker, decide: Decide) -> [[UInt8]] {
        switch DNSQuery.read(bytes) {
        case .silence: return []
        case .refusal(let answer):
            return asker.isConnected || limiter.take(asker.address, .refusal, at: asker.now) == .answer ? [answer] : []
        case .cookie(let query):
            guard
                asker.isConnected || isProven(query, asker)
                    || limiter.take(asker.address, .refusal, at: asker.now) == .answer
            else { return [] }
            // Who has none yet gets one; who has a wrong one hears that, and gets one (RFC 7873 §5.4).
            let isNew = query.edns?.cookie?.server.isEmpty ?? true
            return [response(to: query, asker).finish(isNew || isProven(query, asker) ? .noError : .badCookie)]
        case .query(let query):
            var response = response(to: query, asker)
            if !asker.isConnected, limiter.rates.isLimited(asker.address), !isProven(query, asker) {
                switch limiter.take(asker.address, kind(of: query), at: asker.now) {
                case .answer: break
                case .drop: return []
                case .truncate:
                    // Who knows cookies may come again with one; everybody else, over a connection.
                    guard query.edns?.cookie == nil else { return [response.finish(.badCookie)] }
                    response.truncate()
                    return [response.finish()]
                }
            }
            return answers(to: query, response, from: asker, decide: decide)
        }
    }

    /// What an answer will be about, before it is made.
    private func kind(of query: DNSQuery) -> RateLimiter.Outcome {
        let name = query.question.name
        guard let index = zones.index(of: name) else { return .refusal }
        let zone = zones.zones[index]
        if zone.exists(name) { return .name(name) }
        return zone.wildcard(for: name).map { .name($0) } ?? .noName(zone.name)
    }

    private func isProven(_ query: DNSQuery, _ asker: Asker) -> Bool {
        guard let cookie = query.edns?.cookie, !cookie.server.isEmpty else { return false }
        return secrets.contains { cookie.isGood(from: asker.address, secret: $0, at: asker.unixTime) }
    }

    private func response(to query: DNSQuery, _ asker: Asker) -> DNSResponse {
        let limit = asker.isConnected ? DNSMessage.maximumLength : query.datagramLimit(ours: DNSResponse.payloadSize)
        var response = DNSResponse(to: query, limit: limit)
        if let cookie = query.edns?.cookie, let secret = secrets.first {
            response.edns?.cookie = cookie.issued(to: asker.address, secret: secret, at: asker.unixTime)
        }
        return response
    }

    private func answers(
        to query: DNSQuery,
        _ response: consuming DNSResponse,
        from asker: Asker,
        decide: Decide
    ) -> [[UInt8]] {
        // Of ourselves we tell nothing, neither version nor name (RFC 4892).
        guard query.question.recordClass == RecordClass.internet else { return [response.finish(.refused)] }
        switch query.question.type {
        case .axfr, .ixfr: return transfer(query, response, from: asker, decide: decide)
        case .opt: return [response.finish(.formatError)]
        default: break
        }
        // A network that the Internet does not know says nothing about a client, but who asks. The answer is for the whole of
        // such networks then, and for nobody else (RFC 7871 §10).
        let subnet = query.edns?.clientSubnet?.prefix.flatMap { $0.length > 0 ? $0 : nil }
        let special = subnet.flatMap { SpecialNetworks.block(of: $0.address) }
        let network =
            (special == nil ? subnet : nil) ?? IPPrefix(asker.address, length: asker.address.bitWidth)
        var scope = 0
        let isAny = query.question.type == .any
        let outcome = zones.answer(
            query.question.name,
            // Of a name with all types nothing but that is said (RFC 8482), which needs no decision.
            isAny ? .hinfo : query.question.type,
            chance: asker.chance
        ) {
            if subnet == nil { note(query.question.name, asker.address) }
            return decide(network, $0)
        }
        response.isAuthoritative = true
        switch outcome {
        case .rows(let rows):
            for row in rows {
                response.append(.answer, row.name, ttl: row.ttl, row.data)
                scope = max(scope, row.scope)
            }
            for row in rows { appendAddresses(of: row, to: &response) }
        case .noData(let zone) where isAny:
            response.append(.answer, query.question.name, ttl: zone.ttl, Self.noList)
        case .noData(let zone):
            append(zone, to: &response)
        case .noName(let zone):
            append(zone, to: &response)
            return [response.finish(.nameError)]
        case .notOurs:
            response.isAuthoritative = false
            return [response.finish(.refused)]
        }
        if subnet != nil {
            // What is the same for everybody has no scope.
            let answered = scope > 0 ? special?.length ?? scope : 0
            response.edns?.clientSubnet?.scope = UInt8(clamping: answered)
        }
        return [response.finish()]
    }

    private static let noList = RecordData.other(.hinfo, [7] + Array("RFC8482".utf8) + [0])

    /// The zone's beginning, for how long it may be remembered that something does not exist (RFC 2308 §3).
    private func append(_ zone: Zone, to response: inout DNSResponse) {
        let ttl = min(zone.ttl, zone.authority.minimum)
        response.append(.authority, zone.name, ttl: ttl, .soa(zones.authority(of: zone)))
    }

    /// The addresses of what a record leads to, as far as they are ours.
    private func appendAddresses(of row: ZoneSet.Row, to response: inout DNSResponse) {
        let target: DomainName
        switch row.data {
        case .srv(let srv): target = srv.target
        case .ns(let name): target = name
        default: return
        }
        guard let index = zones.index(of: target) else { return }
        for record in zones.zones[index].fixed[target] ?? [] {
            guard case .address = record.data else { continue }
            response.append(.additional, target, ttl: record.ttl, record.data)
        }
    }

    // MARK: - Copies

    /// The whole zone, for those who may have it (RFC 5936).
    private func transfer(
        _ query: DNSQuery,
        _ response: consuming DNSResponse,
        from asker: Asker,
        decide: Decide
    ) -> [[UInt8]] {
        guard asker.isConnected else { return [response.finish(.formatError)] }
        guard transferNetworks.contains(where: { $0.contains(asker.address) }),
            let zone = zones.index(named: query.question.name).map({ zones.zones[$0] })
        else { return [response.finish(.refused)] }
        let beginning = ZoneSet.Row(name: zone.name, data: .soa(zones.authority(of: zone)), ttl: zone.ttl, scope: 0)
        let rows = zones.allRows(of: zone, decide(nil, false)).filter { $0.data.type != .soa }
        var messages: [[UInt8]] = []
        var current = response
        current.isAuthoritative = true
        for row in [beginning] + rows + [beginning] {
            if current.append(.answer, row.name, ttl: row.ttl, row.data) { continue }
            var next = DNSResponse(to: query, limit: DNSMessage.maximumLength)
            next.isAuthoritative = true
            next.append(.answer, row.name, ttl: row.ttl, row.data)
            swap(&current, &next)
            messages.append(next.finishWhole())
        }
        messages.append(current.finish())
        return messages
    }
}
