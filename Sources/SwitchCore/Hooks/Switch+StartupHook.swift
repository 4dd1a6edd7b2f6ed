import Logging
import XMLConfig

extension Switch {
    /// Runs the command that the global variable `api_on_startup` names, once everything is loaded.
    public func runStartupCommand() async {
        guard let line = xml.globals["api_on_startup"], !line.isEmpty else { return }
        let answer = await execute(command: line)
        logger.notice("startup command", metadata: ["command": "\(line)", "answer": "\(answer)"])
    }
}
