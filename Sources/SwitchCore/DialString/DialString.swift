internal import Base

/// A parsed dial string, as `bridge` and `originate` take it.
///
/// ```
/// dial  := [ '<' vars '>' ] group ( ':_:' group )*     all groups ring, each on its own
/// group := [ '{' vars '}' ]* multi ( '|' multi )*      one after the other
/// multi := leg ( ',' leg )*                            at the same time
/// leg   := [ '[' vars ']' ]* endpoint '/' data
/// vars  := name=value ( ',' name=value )*  or  '^^' X name=value X name=value …
/// ```
///
/// Expand `${…}` before parsing. A comma in text of a caller splits legs: quote such text, or refuse it.
public struct DialString: Sendable, Equatable {
    /// One destination to ring.
    public struct Leg: Sendable, Equatable {
        /// The variables of the leg's own brackets.
        public var variables: [DialVariable]
        /// The endpoint type before the first slash, such as `sofia`, `user` or `error`.
        public var endpoint: String
        /// What follows the slash; empty when there is none, which no endpoint accepts.
        public var destination: String
        /// Where the leg begins, in bytes.
        public var offset: Int
    }

    /// Alternatives that are tried in order; the legs of each ring together.
    public struct Group: Sendable, Equatable {
        /// The variables of the group's braces.
        public var variables: [DialVariable]
        /// The alternatives; none is empty.
        public var alternatives: [[Leg]]
    }

    /// The variables of `<…>`, which apply to every group.
    public var variables: [DialVariable]
    /// The groups; more than one is an enterprise dial.
    public var groups: [Group]

    /// The longest dial string, in bytes.
    public static let maximumLength = 64 * 1024
    /// The most legs in one group.
    public static let maximumLegs = 128
    /// The most groups.
    public static let maximumGroups = 64
    /// The most variables in one bracket.
    public static let maximumVariables = 512
    /// The most brackets in a row.
    public static let maximumBrackets = 64

    /// Parses a dial string whose expressions are expanded.
    public init(parsing text: String) throws(DialStringError) {
        var parser = try DialStringParser(text)
        self = try parser.parse()
    }

    init(variables: [DialVariable], groups: [Group]) {
        self.variables = variables
        self.groups = groups
    }

    /// The variables that all legs of a group have: `{}` wins over `<>`, and `<>` over what the caller gives.
    public func variables(of group: Group, inheriting inherited: [DialVariable] = []) -> [DialVariable] {
        var merged = inherited
        for variable in variables + group.variables { merged.set(variable) }
        return merged
    }

    /// The variables that a leg starts with, after merging all scopes.
    ///
    /// What the group's legs share wins over `[]`, unless `local_var_clobber` is true there; but the identity of the
    /// leg, every `origination_*`, is always the leg's own.
    public func variables(
        of leg: Leg,
        in group: Group,
        inheriting inherited: [DialVariable] = []
    ) -> [DialVariable] {
        let shared = variables(of: group, inheriting: inherited)
        var merged = shared
        let clobber = leg.variables[name: "local_var_clobber"] ?? shared[name: "local_var_clobber"]
        let localWins = clobber?.isTrueSetting ?? false
        for variable in leg.variables {
            let isIdentity =
                variable.name.utf8.count > Self.identityPrefix.count
                && String(variable.name.prefix(Self.identityPrefix.count))
                    .equalsIgnoringASCIICase(Self.identityPrefix)
            if localWins || isIdentity || shared[name: variable.name] == nil { merged.set(variable) }
        }
        return merged
    }

    private static let identityPrefix = "origination_"
}

/// Why a text is no dial string.
public struct DialStringError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of errors.
    public enum Kind: Hashable, Sendable {
        /// There is no leg at all.
        case empty
        /// The text is longer than ``DialString/maximumLength``.
        case tooLong
        /// A bracket is not closed.
        case unclosedBracket
        /// There are too many legs in a group.
        case tooManyLegs
        /// There are too many groups.
        case tooManyGroups
        /// There are too many variables or brackets.
        case tooManyVariables
    }

    /// What is wrong.
    public var kind: Kind
    /// Where, in bytes from the beginning.
    public var offset: Int

    /// The error in words.
    public var description: String {
        let what =
            switch kind {
            case .empty: "no destination"
            case .tooLong: "longer than \(DialString.maximumLength) bytes"
            case .unclosedBracket: "bracket is not closed"
            case .tooManyLegs: "more than \(DialString.maximumLegs) legs in a group"
            case .tooManyGroups: "more than \(DialString.maximumGroups) groups"
            case .tooManyVariables: "too many variables"
            }
        return "dial string: \(what) (at byte \(offset))"
    }
}
