/// Reads TGML; the settings that assignments change live here.
struct ToneScriptReader {
    private let text: [UInt8]
    private var offset = 0
    private var duration = 250
    private var wait = 50
    private var level = -7.0
    private var repetitions = 1
    private var fadeStep = 0.0
    private var fadeMilliseconds = 0
    private var fadeSign = 0.0
    private var script = ToneScript()

    init(text: [UInt8]) {
        self.text = text
    }

    mutating func read() -> ToneScript? {
        while offset < text.count {
            let byte = text[offset]
            if byte == UInt8(ascii: ";") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: " ") {
                offset += 1
            } else if let name = assignmentName() {
                guard assign(name) else { return nil }
            } else {
                guard let element = element(), script.elements.count < ToneScript.maximumElements else { return nil }
                // An element without length makes nothing but work.
                if element.onMilliseconds + element.offMilliseconds > 0 { script.elements.append(element) }
            }
        }
        // An endless loop over nothing would never give a sample.
        return script.milliseconds > 0 ? script : nil
    }

    /// The text before `=` when an assignment begins here; `>=`, `<=` and `+=` are names too.
    private mutating func assignmentName() -> String? {
        var end = offset
        while end < text.count, end - offset <= 8 {
            if text[end] == UInt8(ascii: "=") {
                guard end > offset else { return nil }
                let name = String(decoding: text[offset..<end], as: UTF8.self)
                offset = end + 1
                return name
            }
            guard text[end] != UInt8(ascii: ";"), text[end] != UInt8(ascii: "("), text[end] != UInt8(ascii: "%") else {
                return nil
            }
            end += 1
        }
        return nil
    }

    private mutating func assign(_ name: String) -> Bool {
        let start = offset
        while offset < text.count, text[offset] != UInt8(ascii: ";") { offset += 1 }
        guard let value = number(text[start..<offset]) else { return false }
        let milliseconds = Int(min(max(value, 0), Double(ToneScript.maximumMilliseconds)))
        switch name {
        case "d": duration = milliseconds
        case "w": wait = milliseconds
        case "v": level = min(max(value, -63), 0)
        case "l": repetitions = Int(min(max(value, 1), 10_000))
        case "L", "loops": script.loops = value < 0 ? -1 : Int(min(max(value, 1), 1_000_000))
        case ">": (fadeMilliseconds, fadeSign) = (milliseconds, -1)
        case "<": (fadeMilliseconds, fadeSign) = (milliseconds, 1)
        case "+": fadeStep = min(max(value, 0), 63)
        case "c", "r": break
        default: return false
        }
        return true
    }

    private mutating func element() -> ToneScript.Element? {
        let symbol = text[offset]
        let key = DTMFTones.frequencies(of: symbol).map { [$0.low, $0.high] }
        offset += 1
        guard offset < text.count, text[offset] == UInt8(ascii: "(") else {
            guard let key else { return nil }
            return element(key, on: duration, off: wait)
        }
        guard let close = text[offset...].firstIndex(of: UInt8(ascii: ")")) else { return nil }
        let parts = text[(offset + 1)..<close].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        offset = close + 1
        let numbers = parts.compactMap { number($0) }
        guard numbers.count == parts.count, numbers.count >= 2 else { return nil }
        let frequencies = Array(numbers.dropFirst(2))
        guard frequencies.count <= ToneScript.maximumFrequencies, frequencies.allSatisfy({ (0...24_000).contains($0) })
        else { return nil }
        let limit = Double(ToneScript.maximumMilliseconds)
        guard (0...limit).contains(numbers[0]), (0...limit).contains(numbers[1]) else { return nil }
        return element(frequencies.isEmpty ? key ?? [] : frequencies, on: Int(numbers[0]), off: Int(numbers[1]))
    }

    private func element(_ frequencies: [Double], on: Int, off: Int) -> ToneScript.Element {
        ToneScript.Element(
            frequencies: frequencies,
            onMilliseconds: on,
            offMilliseconds: off,
            level: level,
            repetitions: repetitions,
            fadeStep: fadeStep * fadeSign,
            fadeMilliseconds: fadeMilliseconds
        )
    }

    /// A decimal number; anything that is not finite is refused.
    private func number(_ bytes: ArraySlice<UInt8>) -> Double? {
        var text = String(decoding: bytes, as: UTF8.self)
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        if text.hasPrefix(".") { text = "0" + text }
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }
}
