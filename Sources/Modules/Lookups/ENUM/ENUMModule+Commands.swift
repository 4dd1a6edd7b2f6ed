import Base
import SwitchCore

extension ENUMModule {
    /// The commands `enum`, with everything that was found, and `enum_auto`, with the dial string alone.
    var commands: [APICommand] {
        let syntax = "<number> [<root>]"
        let tables = "reload | \(syntax)"
        return [
            APICommand("enum", syntax: tables, summary: "Looks a number up") { [weak self] _, text in
                await self?.answer(text, usage: "-USAGE: enum \(tables)\n") ?? "-ERR not loaded\n"
            },
            APICommand("enum_auto", syntax: syntax, summary: "The dial string for a number") { [weak self] _, text in
                await self?.dialString(text) ?? "none"
            },
        ]
    }

    private func answer(_ text: String, usage: String) async -> String {
        let words = ListSplitter.split(text, by: " ", limit: 3)
        guard let number = words.first else { return usage }
        if number.equalsIgnoringASCIICase("reload") {
            do {
                try await apply()
                return "+OK ENUM Reloaded.\n"
            } catch {
                return "-ERR \(error)\n"
            }
        }
        do throws(ENUMFault) {
            return try await lookUp(number, root: words.count > 1 ? words[1] : nil).tables
        } catch {
            return "-ERR \(error)\n"
        }
    }

    /// What `enum_auto` says: `none` where there is nothing, whatever the reason.
    private func dialString(_ text: String) async -> String {
        let words = ListSplitter.split(text, by: " ", limit: 3)
        guard let number = words.first else { return "none" }
        do throws(ENUMFault) {
            let text = try await lookUp(number, root: words.count > 1 ? words[1] : nil).dialString
            return text.isEmpty ? "none" : text
        } catch {
            return "none"
        }
    }
}
