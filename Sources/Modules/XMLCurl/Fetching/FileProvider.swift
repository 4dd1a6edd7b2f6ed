import Base
import Logging
import NIOPosix
import XMLConfig

/// Answers every look-up with a file of this machine (`file:` in `gateway-url`), which is read each time.
struct FileProvider: XMLProvider {
    let path: String
    /// How long it may be, in bytes.
    let limit: Int

    func fetch(
        section: XMLSection,
        tag: String,
        key: String,
        value: String,
        parameters: [(String, String)]
    ) async -> XMLProviderAnswer {
        guard section != .configuration || !value.equalsIgnoringASCIICase(XMLCurlModule.configuration) else {
            return .notFound
        }
        let (path, limit) = (path, limit)
        let answer = try? await NIOThreadPool.singleton.runIfActive { Self.read(path, limit) }
        return answer ?? .notFound
    }

    private static func read(_ path: String, _ limit: Int) -> XMLProviderAnswer {
        do throws(ConfigurationFileError) {
            let bytes = try LocalFiles().contents(of: path, limit: limit)
            do throws(ConfigurationError) {
                return .document(try XMLDocument.parse(bytes, named: path))
            } catch {
                return .failure("\(error.first)")
            }
        } catch {
            return .failure("\(path): \(error)")
        }
    }
}
