import Base

/// The name of a header field: an id for those the switch knows, the text for all others.
///
/// Names are compared without case, and a compact form (RFC 3261 §7.3.3) equals its long form. Known names cost one
/// byte to compare.
public struct SIPHeaderName: Sendable {
    /// The known names; the raw value indexes the table in `SIPHeaderName+Table.swift`.
    enum ID: UInt8, Sendable, CaseIterable {
        case other
        case via, from, to, callID, cseq, maxForwards, contentLength, contentType, contact, route, recordRoute
        case expires, authorization, proxyAuthorization, require
        // The names above are "hot": an index remembers where the first of each is.
        case supported, allow, allowEvents, accept, acceptContact, acceptEncoding, acceptLanguage, alertInfo
        case authenticationInfo, callInfo, contentDisposition, contentEncoding, contentLanguage, date, diversion
        case errorInfo, event, geolocation, historyInfo, identity, inReplyTo, joinHeader, mimeVersion, minExpires, minSE
        case organization, pAssertedIdentity, pPreferredIdentity, pAssociatedURI, path, priority, privacy
        case proxyAuthenticate, proxyRequire, rack, reason, recordingSession, referredBy, referSub, referTo
        case rejectContact, remotePartyID, replaces, replyTo, requestDisposition, retryAfter, rseq
        case securityClient, securityServer, securityVerify, server, serviceRoute, sessionExpires, sipETag, sipIfMatch
        case subject, subscriptionState, targetDialog, timestamp, unsupported, userAgent, warning, wwwAuthenticate

        /// How many of the first ids an index remembers the position of.
        static let hotCount = 16
    }

    let id: ID
    /// The name as it was given, for names without an id.
    let custom: String

    init(_ id: ID) {
        (self.id, custom) = (id, "")
    }

    /// The header of that name in long or compact form, known or not.
    public init(_ name: String) {
        id = Self.identify(name.utf8.span)
        custom = id == .other ? name : ""
    }

    /// A header that has no constant here; the same as `SIPHeaderName(name)`.
    public static func other(_ name: String) -> SIPHeaderName { SIPHeaderName(name) }

    /// The name in its long form, as this switch sends it.
    public var name: String {
        id == .other ? custom : Self.table[Int(id.rawValue)].name
    }

    /// Whether a comma in a value of this header separates values (RFC 3261 §7.3.1).
    public var isList: Bool { Self.isList(id) }
}

extension SIPHeaderName: Hashable {
    /// Whether two names mean the same header field.
    public static func == (left: SIPHeaderName, right: SIPHeaderName) -> Bool {
        left.id == right.id && (left.id != .other || left.custom.equalsIgnoringASCIICase(right.custom))
    }

    /// Hashes the id, or the name without its case.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(id)
        for byte in custom.utf8 { hasher.combine(byte.lowercasedASCII) }
    }
}

extension SIPHeaderName: CustomStringConvertible {
    /// The same as ``name``.
    public var description: String { name }
}
