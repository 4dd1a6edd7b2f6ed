/// A large value that is seldom there, on the heap: while there is none its holder is a word larger, not the value's size.
///
/// For the fields of objects that live long in great numbers. It copies like the value that it stands for; each assignment
/// allocates.
@propertyWrapper
public struct Outlined<Value> {
    private final class Storage {
        let value: Value

        init(_ value: Value) {
            self.value = value
        }
    }

    private var storage: Storage?

    /// Holds a value, or none.
    public init(wrappedValue: Value?) {
        storage = wrappedValue.map { Storage($0) }
    }

    /// The value; `nil` while there is none.
    public var wrappedValue: Value? {
        get { storage?.value }
        set { storage = newValue.map { Storage($0) } }
    }
}

// @unchecked: the storage is immutable, so sharing it is sharing the value.
extension Outlined: @unchecked Sendable where Value: Sendable {}
