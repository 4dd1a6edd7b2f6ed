import CFuzzer
import FuzzCore

var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
let result = LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
    DatabaseSessionFuzz.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}
