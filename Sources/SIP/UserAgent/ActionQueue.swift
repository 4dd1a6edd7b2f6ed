/// Actions in the order in which they came up; taking one out does not move the others.
struct ActionQueue {
    private var actions: [UserAgentAction?] = []
    private var head = 0

    mutating func append(_ action: UserAgentAction) {
        actions.append(action)
    }

    mutating func popFirst() -> UserAgentAction? {
        guard head < actions.count else { return nil }
        let action = actions[head].take()
        head += 1
        if head == actions.count {
            actions.removeAll(keepingCapacity: true)
            head = 0
        }
        return action
    }
}
