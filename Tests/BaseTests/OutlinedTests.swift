import Base
import Testing

struct OutlinedTests {
    private struct Holder {
        @Outlined var value: (Int, Int, Int, Int)?
    }

    @Test func itTakesAWordWhateverTheValue() {
        #expect(MemoryLayout<Holder>.size == MemoryLayout<Int>.size)
    }

    @Test func copiesAreApart() {
        var one = Holder()
        #expect(one.value == nil)
        one.value = (1, 2, 3, 4)
        let other = one
        one.value?.0 = 5
        #expect(one.value?.0 == 5 && one.value?.3 == 4)
        #expect(other.value?.0 == 1)
        one.value = nil
        #expect(one.value == nil && other.value?.3 == 4)
    }
}
