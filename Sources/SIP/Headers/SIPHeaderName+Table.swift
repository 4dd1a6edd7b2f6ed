import Base

/// What is known of a header field beside its id.
struct KnownHeader: Sendable {
    var id: SIPHeaderName.ID
    var name: String
    var compact: String
    var isList: Bool

    init(_ id: SIPHeaderName.ID, _ name: String, compact: String = "", isList: Bool = false) {
        (self.id, self.name, self.compact, self.isList) = (id, name, compact, isList)
    }
}

extension SIPHeaderName {
    /// The known headers in the order of their ids.
    static let table: [KnownHeader] = [
        KnownHeader(.other, ""),
        KnownHeader(.via, "Via", compact: "v", isList: true),
        KnownHeader(.from, "From", compact: "f"),
        KnownHeader(.to, "To", compact: "t"),
        KnownHeader(.callID, "Call-ID", compact: "i"),
        KnownHeader(.cseq, "CSeq"),
        KnownHeader(.maxForwards, "Max-Forwards"),
        KnownHeader(.contentLength, "Content-Length", compact: "l"),
        KnownHeader(.contentType, "Content-Type", compact: "c"),
        KnownHeader(.contact, "Contact", compact: "m", isList: true),
        KnownHeader(.route, "Route", isList: true),
        KnownHeader(.recordRoute, "Record-Route", isList: true),
        KnownHeader(.expires, "Expires"),
        KnownHeader(.authorization, "Authorization"),
        KnownHeader(.proxyAuthorization, "Proxy-Authorization"),
        KnownHeader(.require, "Require", isList: true),
        KnownHeader(.supported, "Supported", compact: "k", isList: true),
        KnownHeader(.allow, "Allow", isList: true),
        KnownHeader(.allowEvents, "Allow-Events", compact: "u", isList: true),
        KnownHeader(.accept, "Accept", isList: true),
        KnownHeader(.acceptContact, "Accept-Contact", compact: "a", isList: true),
        KnownHeader(.acceptEncoding, "Accept-Encoding", isList: true),
        KnownHeader(.acceptLanguage, "Accept-Language", isList: true),
        KnownHeader(.alertInfo, "Alert-Info", isList: true),
        KnownHeader(.authenticationInfo, "Authentication-Info"),
        KnownHeader(.callInfo, "Call-Info", isList: true),
        KnownHeader(.contentDisposition, "Content-Disposition"),
        KnownHeader(.contentEncoding, "Content-Encoding", compact: "e", isList: true),
        KnownHeader(.contentLanguage, "Content-Language", isList: true),
        KnownHeader(.date, "Date"),
        KnownHeader(.diversion, "Diversion", isList: true),
        KnownHeader(.errorInfo, "Error-Info", isList: true),
        KnownHeader(.event, "Event", compact: "o"),
        KnownHeader(.geolocation, "Geolocation", isList: true),
        KnownHeader(.historyInfo, "History-Info", isList: true),
        KnownHeader(.identity, "Identity", compact: "y"),
        KnownHeader(.inReplyTo, "In-Reply-To", isList: true),
        KnownHeader(.joinHeader, "Join"),
        KnownHeader(.mimeVersion, "MIME-Version"),
        KnownHeader(.minExpires, "Min-Expires"),
        KnownHeader(.minSE, "Min-SE"),
        KnownHeader(.organization, "Organization"),
        KnownHeader(.pAssertedIdentity, "P-Asserted-Identity", isList: true),
        KnownHeader(.pPreferredIdentity, "P-Preferred-Identity", isList: true),
        KnownHeader(.pAssociatedURI, "P-Associated-URI", isList: true),
        KnownHeader(.path, "Path", isList: true),
        KnownHeader(.priority, "Priority"),
        KnownHeader(.privacy, "Privacy"),
        KnownHeader(.proxyAuthenticate, "Proxy-Authenticate"),
        KnownHeader(.proxyRequire, "Proxy-Require", isList: true),
        KnownHeader(.rack, "RAck"),
        KnownHeader(.reason, "Reason", isList: true),
        KnownHeader(.recordingSession, "Recording-Session", isList: true),
        KnownHeader(.referredBy, "Referred-By", compact: "b"),
        KnownHeader(.referSub, "Refer-Sub"),
        KnownHeader(.referTo, "Refer-To", compact: "r"),
        KnownHeader(.rejectContact, "Reject-Contact", compact: "j", isList: true),
        KnownHeader(.remotePartyID, "Remote-Party-ID", isList: true),
        KnownHeader(.replaces, "Replaces"),
        KnownHeader(.replyTo, "Reply-To"),
        KnownHeader(.requestDisposition, "Request-Disposition", compact: "d", isList: true),
        KnownHeader(.retryAfter, "Retry-After"),
        KnownHeader(.rseq, "RSeq"),
        KnownHeader(.securityClient, "Security-Client", isList: true),
        KnownHeader(.securityServer, "Security-Server", isList: true),
        KnownHeader(.securityVerify, "Security-Verify", isList: true),
        KnownHeader(.server, "Server"),
        KnownHeader(.serviceRoute, "Service-Route", isList: true),
        KnownHeader(.sessionExpires, "Session-Expires", compact: "x"),
        KnownHeader(.sipETag, "SIP-ETag"),
        KnownHeader(.sipIfMatch, "SIP-If-Match"),
        KnownHeader(.subject, "Subject", compact: "s"),
        KnownHeader(.subscriptionState, "Subscription-State"),
        KnownHeader(.targetDialog, "Target-Dialog"),
        KnownHeader(.timestamp, "Timestamp"),
        KnownHeader(.unsupported, "Unsupported", isList: true),
        KnownHeader(.userAgent, "User-Agent"),
        KnownHeader(.warning, "Warning", isList: true),
        KnownHeader(.wwwAuthenticate, "WWW-Authenticate"),
    ]
}

/// Finds the id of a header name: a table with open addressing over the long and compact names in small letters.
struct HeaderNameLookup: Sendable {
    private struct Slot: Sendable {
        var key = PackedText()
        var id = SIPHeaderName.ID.other
    }

    private var slots = [Slot](repeating: Slot(), count: 256)

    static let shared = HeaderNameLookup()

    private init() {
        for known in SIPHeaderName.table where known.id != .other {
            insert(known.name, known.id)
            if !known.compact.isEmpty { insert(known.compact, known.id) }
        }
    }

    private mutating func insert(_ name: String, _ id: SIPHeaderName.ID) {
        var key = PackedText()
        for byte in name.utf8 { key.append(byte.lowercasedASCII) }
        var position = key.slot
        while slots[position].id != .other { position = (position + 1) & 255 }
        slots[position] = Slot(key: key, id: id)
    }

    /// The id of the name whose small letters are packed in `key`; `.other` for unknown names.
    func id(of key: PackedText) -> SIPHeaderName.ID {
        guard key.count <= PackedText.capacity else { return .other }
        var position = key.slot
        // The table is less than half full, so that there is always an empty slot to stop at.
        while slots[position].id != .other {
            if slots[position].key == key { return slots[position].id }
            position = (position &+ 1) & 255
        }
        return .other
    }
}

extension SIPHeaderName {
    static func identify(_ name: Span<UInt8>) -> ID {
        guard name.count <= PackedText.capacity else { return .other }
        var key = PackedText()
        for at in name.indices { key.append(name[at].lowercasedASCII) }
        return HeaderNameLookup.shared.id(of: key)
    }

    static func isList(_ id: ID) -> Bool { table[Int(id.rawValue)].isList }
}
