import Base
import HTTPTransport
import SwitchCore

/// Where a binding's documents come from (`gateway-url`).
enum GatewayURL: Hashable, Sendable {
    /// The same URL for every question.
    case fixed(HTTPURL)
    /// A URL with fields of the question in it (`use-dynamic-url`).
    case dynamic(URLTemplate)
    /// A file of this machine (`file:/path`), which is the answer to everything.
    case file(String)

    /// Why a text is none.
    enum Fault: Error, CustomStringConvertible {
        case url(HTTPURL.Fault)
        case needsDynamic

        var description: String {
            switch self {
            case .url(let fault): "\(fault), or file:/path"
            case .needsDynamic: "a URL without ${…}, or use-dynamic-url"
            }
        }
    }

    /// Reads the parameter.
    init(_ text: String, isDynamic: Bool) throws(Fault) {
        if text.hasPrefix("file:") {
            self = .file(String(text.dropFirst("file:".count)))
            return
        }
        guard isDynamic || !text.contains("${") else { throw .needsDynamic }
        do throws(HTTPURL.Fault) {
            guard isDynamic else {
                self = .fixed(try HTTPURL(text))
                return
            }
            let template = URLTemplate(text)
            // Whatever the fields are, it has to look like a URL.
            _ = try template.url { _ in "1" }
            self = .dynamic(template)
        } catch {
            throw .url(error)
        }
    }

    /// Whether certificates may be needed.
    var mayBeEncrypted: Bool {
        switch self {
        case .fixed(let url): url.isEncrypted
        case .dynamic(let template): template.text.lowercased().hasPrefix("https:")
        case .file: false
        }
    }

    /// For a log: without the query, which may hold what is nobody's business.
    var shown: String {
        switch self {
        case .fixed(let url): url.origin + url.target.prefix { $0 != "?" }
        case .dynamic(let template): String(template.text.prefix { $0 != "?" })
        case .file(let path): "file:" + path
        }
    }
}

/// A URL with `${name}` in the place of fields.
struct URLTemplate: Hashable, Sendable {
    private enum Piece: Hashable, Sendable {
        case text(String)
        case field(String)
    }

    /// The text as it is written.
    let text: String
    private let pieces: [Piece]

    /// Reads a text; a `${` without its end is text.
    init(_ text: String) {
        self.text = text
        var pieces: [Piece] = []
        var rest = text[...]
        while let open = rest.firstRange(of: "${"), let close = rest[open.upperBound...].firstIndex(of: "}") {
            pieces.append(.text(String(rest[..<open.lowerBound])))
            pieces.append(.field(String(rest[open.upperBound..<close])))
            rest = rest[rest.index(after: close)...]
        }
        self.pieces = pieces + [.text(String(rest))]
    }

    /// The URL with the fields' values, percent-encoded: a caller must not be able to turn it into another.
    func url(_ field: (String) -> String?) throws(HTTPURL.Fault) -> HTTPURL {
        var text = ""
        for piece in pieces {
            switch piece {
            case .text(let part): text += part
            case .field(let name): text += PercentEncoding.encode(String((field(name) ?? "").prefix(Self.valueLimit)))
            }
        }
        return try HTTPURL(text)
    }

    /// How much of a value is put into a URL, in characters.
    private static let valueLimit = 512
}
