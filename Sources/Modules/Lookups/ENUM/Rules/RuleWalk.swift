import Base
import DNSMessage
import Patterns
import SwitchCore

/// Follows the rules of a number from name to name until some of them give routes (RFC 3402 §3, RFC 3403 §4.1).
///
/// Rules of one order that give a route end the walk: those of later orders are not looked at. What leads to another name
/// is followed when nothing of its own order gives a route. All that strangers can make longer has a limit.
struct RuleWalk {
    /// How many rules of one name are looked at.
    static let maximumRules = 32
    /// How many rules may lead on, one to the other.
    static let maximumDepth = 5
    /// How many names are asked for.
    static let maximumNames = 8
    /// How long it may take before no more names are asked for.
    static let patience = Duration.seconds(15)
    /// How many matches may be given up before no more are tried.
    static let maximumCostlyMatches = 2
    /// How many routes are taken.
    static let maximumRoutes = 16
    /// The most bytes of one route.
    static let maximumRouteLength = 2048
    /// How many offers are listed.
    static let maximumOffers = 64
    /// How many things are told to the log.
    static let maximumRemarks = 8
    /// The most bytes of a record's services: words of 32 (RFC 6116), and a few of them.
    static let maximumServicesLength = 128

    private let number: ENUMNumber
    private let routeRules: [ENUMRouteRule]
    private let names: any NameAsking
    private let plan: NameServerPlan
    private let expand: @Sendable (String) async -> String

    private let deadline = MonotonicInstant.now + Self.patience
    private var asked: Set<DomainName> = []
    private var costlyMatches = 0
    /// What was found so far.
    private(set) var answer = ENUMAnswer()
    /// What was left out, and why.
    private(set) var remarks: [String] = []

    /// A walk that has not begun.
    ///
    /// - Parameters:
    ///   - routeRules: What becomes of URIs.
    ///   - expand: Expands a route's variables.
    init(
        _ number: ENUMNumber,
        routeRules: [ENUMRouteRule],
        names: any NameAsking,
        plan: NameServerPlan,
        expand: @escaping @Sendable (String) async -> String
    ) {
        (self.number, self.routeRules, self.names, self.plan, self.expand) = (number, routeRules, names, plan, expand)
    }

    /// Goes from the number's own name as far as there is something to be found.
    mutating func run() async throws(NameServerFault) {
        _ = try await follow(number.name, depth: 0)
    }

    /// Whether the rules of a name, or those that they lead to, gave routes.
    private mutating func follow(_ name: DomainName, depth: Int) async throws(NameServerFault) -> Bool {
        var rest = try await sortedRules(of: name)[...]
        while let order = rest.first?.order {
            let rules = rest.prefix { $0.order == order }
            rest = rest.dropFirst(rules.count)
            for rule in rules where rule.givesURI { await apply(rule, of: name) }
            if !answer.routes.isEmpty { return true }
            for rule in rules where rule.leadsOn {
                guard depth < Self.maximumDepth else {
                    note("rules lead on too often", name)
                    break
                }
                guard let next = nameBehind(rule, of: name) else { continue }
                do throws(NameServerFault) {
                    if try await follow(next, depth: depth + 1) { return true }
                } catch {
                    guard error != .cancelled else { throw error }
                    note("\(error)", next)
                }
            }
        }
        return false
    }

    /// The rules of a name in their order, wherever it is an alias to.
    private mutating func sortedRules(of start: DomainName) async throws(NameServerFault) -> [NamingAuthority] {
        var name = start
        while true {
            guard asked.insert(name).inserted else {
                note("the names go round in a circle", name)
                return []
            }
            guard asked.count <= Self.maximumNames else {
                note("too many names", name)
                return []
            }
            guard MonotonicInstant.now < deadline else { throw .timedOut }
            let message = try await names.ask(DNSQuestion(name, .naptr), plan)
            let (rules, end) = message.rules(of: name)
            if rules.count > Self.maximumRules { note("more than \(Self.maximumRules) rules", name) }
            if !rules.isEmpty || end == name { return Array(rules.prefix(Self.maximumRules)) }
            name = end
        }
    }

    // MARK: - Rules

    private mutating func apply(_ rule: NamingAuthority, of name: DomainName) async {
        guard costlyMatches < Self.maximumCostlyMatches else { return }
        do throws(RewriteFault) {
            guard rule.services.isVisibleASCII, rule.services.utf8.count <= Self.maximumServicesLength else {
                throw .wrongServices
            }
            guard let uri = try RewriteExpression(rule.expression).rewritten(number.uniqueString) else { return }
            guard DialStringText.isHarmless(uri) else { throw .unsafeResult }
            await offer(uri, of: rule, name)
        } catch {
            note(error, name)
        }
    }

    /// The name that a rule leads to.
    private mutating func nameBehind(_ rule: NamingAuthority, of name: DomainName) -> DomainName? {
        guard costlyMatches < Self.maximumCostlyMatches else { return nil }
        if rule.expression.isEmpty, rule.replacement != .root { return rule.replacement }
        do throws(RewriteFault) {
            guard let text = try RewriteExpression(rule.expression).rewritten(number.uniqueString) else { return nil }
            guard let next = DomainName(text), next != .root else { throw .withoutName }
            return next
        } catch {
            note(error, name)
            return nil
        }
    }

    // MARK: - Routes

    private mutating func offer(_ uri: String, of rule: NamingAuthority, _ name: DomainName) async {
        var isRouted = false
        for route in routeRules where route.serves(rule.services) {
            guard costlyMatches < Self.maximumCostlyMatches else { return }
            guard answer.routes.count < Self.maximumRoutes else {
                note("more than \(Self.maximumRoutes) routes", name)
                return
            }
            let match: RegularExpressionMatch?
            do {
                match = try route.expression.firstMatch(in: uri)
            } catch {
                note(.tooCostly, name)
                continue
            }
            guard let match else { continue }
            let text = await expand(route.replacement.substituting(match.captures))
            guard !text.isEmpty, text.utf8.count <= Self.maximumRouteLength else {
                note("a route is empty or too long", name)
                continue
            }
            let found = ENUMRoute(rule, text)
            answer.routes.append(found)
            add(found)
            isRouted = true
        }
        if !isRouted { add(ENUMRoute(rule, uri)) }
    }

    private mutating func add(_ offer: ENUMRoute) {
        if answer.offers.count < Self.maximumOffers { answer.offers.append(offer) }
    }

    // MARK: - Remarks

    private mutating func note(_ fault: RewriteFault, _ name: DomainName) {
        if fault == .tooCostly { costlyMatches += 1 }
        note("\(fault)", name)
    }

    private mutating func note(_ remark: String, _ name: DomainName) {
        if remarks.count < Self.maximumRemarks { remarks.append("\(name): \(remark)") }
    }
}
