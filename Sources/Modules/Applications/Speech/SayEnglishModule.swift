public import SwitchCore

/// `mod_say_en`: English for `say`.
public final class SayEnglishModule: Module {
    /// The name in `modules.conf.xml`.
    public static let name = "mod_say_en"

    private let softswitch: Switch

    /// The language for a switch.
    public init(_ softswitch: Switch) {
        self.softswitch = softswitch
    }

    /// Registers the language.
    public func start() async throws {
        softswitch.sayLanguages.register(EnglishSay(), as: "en")
    }
}
