extension SIPHeaderName {
    /// The `Via` header.
    public static let via = SIPHeaderName(ID.via)
    /// The `From` header.
    public static let from = SIPHeaderName(ID.from)
    /// The `To` header.
    public static let to = SIPHeaderName(ID.to)
    /// The `Call-ID` header.
    public static let callID = SIPHeaderName(ID.callID)
    /// The `CSeq` header.
    public static let cseq = SIPHeaderName(ID.cseq)
    /// The `Max-Forwards` header.
    public static let maxForwards = SIPHeaderName(ID.maxForwards)
    /// The `Content-Length` header.
    public static let contentLength = SIPHeaderName(ID.contentLength)
    /// The `Content-Type` header.
    public static let contentType = SIPHeaderName(ID.contentType)
    /// The `Contact` header.
    public static let contact = SIPHeaderName(ID.contact)
    /// The `Route` header.
    public static let route = SIPHeaderName(ID.route)
    /// The `Record-Route` header.
    public static let recordRoute = SIPHeaderName(ID.recordRoute)
    /// The `Expires` header.
    public static let expires = SIPHeaderName(ID.expires)
    /// The `Authorization` header.
    public static let authorization = SIPHeaderName(ID.authorization)
    /// The `Proxy-Authorization` header.
    public static let proxyAuthorization = SIPHeaderName(ID.proxyAuthorization)
    /// The `Require` header.
    public static let require = SIPHeaderName(ID.require)
    /// The `Supported` header.
    public static let supported = SIPHeaderName(ID.supported)
    /// The `Allow` header.
    public static let allow = SIPHeaderName(ID.allow)
    /// The `Allow-Events` header.
    public static let allowEvents = SIPHeaderName(ID.allowEvents)
    /// The `Accept` header.
    public static let accept = SIPHeaderName(ID.accept)
    /// The `Accept-Contact` header.
    public static let acceptContact = SIPHeaderName(ID.acceptContact)
    /// The `Accept-Encoding` header.
    public static let acceptEncoding = SIPHeaderName(ID.acceptEncoding)
    /// The `Accept-Language` header.
    public static let acceptLanguage = SIPHeaderName(ID.acceptLanguage)
    /// The `Alert-Info` header.
    public static let alertInfo = SIPHeaderName(ID.alertInfo)
    /// The `Authentication-Info` header.
    public static let authenticationInfo = SIPHeaderName(ID.authenticationInfo)
    /// The `Call-Info` header.
    public static let callInfo = SIPHeaderName(ID.callInfo)
    /// The `Content-Disposition` header.
    public static let contentDisposition = SIPHeaderName(ID.contentDisposition)
    /// The `Content-Encoding` header.
    public static let contentEncoding = SIPHeaderName(ID.contentEncoding)
    /// The `Content-Language` header.
    public static let contentLanguage = SIPHeaderName(ID.contentLanguage)
    /// The `Date` header.
    public static let date = SIPHeaderName(ID.date)
    /// The `Diversion` header.
    public static let diversion = SIPHeaderName(ID.diversion)
    /// The `Error-Info` header.
    public static let errorInfo = SIPHeaderName(ID.errorInfo)
    /// The `Event` header.
    public static let event = SIPHeaderName(ID.event)
    /// The `Geolocation` header.
    public static let geolocation = SIPHeaderName(ID.geolocation)
    /// The `History-Info` header.
    public static let historyInfo = SIPHeaderName(ID.historyInfo)
    /// The `Identity` header.
    public static let identity = SIPHeaderName(ID.identity)
    /// The `In-Reply-To` header.
    public static let inReplyTo = SIPHeaderName(ID.inReplyTo)
    /// The `Join` header.
    public static let joinHeader = SIPHeaderName(ID.joinHeader)
    /// The `MIME-Version` header.
    public static let mimeVersion = SIPHeaderName(ID.mimeVersion)
    /// The `Min-Expires` header.
    public static let minExpires = SIPHeaderName(ID.minExpires)
    /// The `Min-SE` header.
    public static let minSE = SIPHeaderName(ID.minSE)
    /// The `Organization` header.
    public static let organization = SIPHeaderName(ID.organization)
    /// The `P-Asserted-Identity` header.
    public static let pAssertedIdentity = SIPHeaderName(ID.pAssertedIdentity)
    /// The `P-Preferred-Identity` header.
    public static let pPreferredIdentity = SIPHeaderName(ID.pPreferredIdentity)
    /// The `P-Associated-URI` header.
    public static let pAssociatedURI = SIPHeaderName(ID.pAssociatedURI)
    /// The `Path` header.
    public static let path = SIPHeaderName(ID.path)
    /// The `Priority` header.
    public static let priority = SIPHeaderName(ID.priority)
    /// The `Privacy` header.
    public static let privacy = SIPHeaderName(ID.privacy)
    /// The `Proxy-Authenticate` header.
    public static let proxyAuthenticate = SIPHeaderName(ID.proxyAuthenticate)
    /// The `Proxy-Require` header.
    public static let proxyRequire = SIPHeaderName(ID.proxyRequire)
    /// The `RAck` header.
    public static let rack = SIPHeaderName(ID.rack)
    /// The `Reason` header.
    public static let reason = SIPHeaderName(ID.reason)
    /// The `Recording-Session` header.
    public static let recordingSession = SIPHeaderName(ID.recordingSession)
    /// The `Referred-By` header.
    public static let referredBy = SIPHeaderName(ID.referredBy)
    /// The `Refer-Sub` header.
    public static let referSub = SIPHeaderName(ID.referSub)
    /// The `Refer-To` header.
    public static let referTo = SIPHeaderName(ID.referTo)
    /// The `Reject-Contact` header.
    public static let rejectContact = SIPHeaderName(ID.rejectContact)
    /// The `Remote-Party-ID` header.
    public static let remotePartyID = SIPHeaderName(ID.remotePartyID)
    /// The `Replaces` header.
    public static let replaces = SIPHeaderName(ID.replaces)
    /// The `Reply-To` header.
    public static let replyTo = SIPHeaderName(ID.replyTo)
    /// The `Request-Disposition` header.
    public static let requestDisposition = SIPHeaderName(ID.requestDisposition)
    /// The `Retry-After` header.
    public static let retryAfter = SIPHeaderName(ID.retryAfter)
    /// The `RSeq` header.
    public static let rseq = SIPHeaderName(ID.rseq)
    /// The `Security-Client` header.
    public static let securityClient = SIPHeaderName(ID.securityClient)
    /// The `Security-Server` header.
    public static let securityServer = SIPHeaderName(ID.securityServer)
    /// The `Security-Verify` header.
    public static let securityVerify = SIPHeaderName(ID.securityVerify)
    /// The `Server` header.
    public static let server = SIPHeaderName(ID.server)
    /// The `Service-Route` header.
    public static let serviceRoute = SIPHeaderName(ID.serviceRoute)
    /// The `Session-Expires` header.
    public static let sessionExpires = SIPHeaderName(ID.sessionExpires)
    /// The `SIP-ETag` header.
    public static let sipETag = SIPHeaderName(ID.sipETag)
    /// The `SIP-If-Match` header.
    public static let sipIfMatch = SIPHeaderName(ID.sipIfMatch)
    /// The `Subject` header.
    public static let subject = SIPHeaderName(ID.subject)
    /// The `Subscription-State` header.
    public static let subscriptionState = SIPHeaderName(ID.subscriptionState)
    /// The `Target-Dialog` header.
    public static let targetDialog = SIPHeaderName(ID.targetDialog)
    /// The `Timestamp` header.
    public static let timestamp = SIPHeaderName(ID.timestamp)
    /// The `Unsupported` header.
    public static let unsupported = SIPHeaderName(ID.unsupported)
    /// The `User-Agent` header.
    public static let userAgent = SIPHeaderName(ID.userAgent)
    /// The `Warning` header.
    public static let warning = SIPHeaderName(ID.warning)
    /// The `WWW-Authenticate` header.
    public static let wwwAuthenticate = SIPHeaderName(ID.wwwAuthenticate)
}
