"""What Swift's standard library says of its own types: what they conform to, and what its commonest members give."""

from __future__ import annotations

from repoagent_indexers.resolve.swift.terms import Library, Tuple, Type

SUPERTYPES = {
    "Array": "RandomAccessCollection MutableCollection RangeReplaceableCollection Hashable ExpressibleByArrayLiteral",
    "ArraySlice": "RandomAccessCollection MutableCollection RangeReplaceableCollection Hashable",
    "ContiguousArray": "RandomAccessCollection MutableCollection RangeReplaceableCollection Hashable",
    "Dictionary": "Collection Hashable", "Set": "SetAlgebra Collection Hashable",
    "String": "StringProtocol RangeReplaceableCollection Comparable TextOutputStream LosslessStringConvertible Codable",
    "Substring": "StringProtocol RangeReplaceableCollection Comparable",
    "StringProtocol": "BidirectionalCollection Hashable Comparable",
    "Character": "Hashable Comparable CustomStringConvertible", "Slice": "BidirectionalCollection",
    "ReversedCollection": "BidirectionalCollection", "UnsafeBufferPointer": "RandomAccessCollection",
    "UnsafeMutableBufferPointer": "RandomAccessCollection MutableCollection",
    "UnsafeRawBufferPointer": "RandomAccessCollection",
    "UnsafeMutableRawBufferPointer": "RandomAccessCollection MutableCollection",
    "Range": "RandomAccessCollection RangeExpression Hashable",
    "ClosedRange": "RandomAccessCollection RangeExpression Hashable", "PartialRangeFrom": "Sequence RangeExpression",
    "PartialRangeUpTo": "RangeExpression", "PartialRangeThrough": "RangeExpression", "EnumeratedSequence": "Sequence",
    "Zip2Sequence": "Sequence", "AnySequence": "Sequence", "AnyCollection": "Collection",
    "AnyIterator": "IteratorProtocol Sequence", "LazySequence": "LazySequenceProtocol",
    "LazyCollection": "LazyCollectionProtocol",
    "Data": "RandomAccessCollection MutableCollection RangeReplaceableCollection Hashable Codable",
    "LazySequenceProtocol": "Sequence", "LazyCollectionProtocol": "Collection LazySequenceProtocol",
    "RandomAccessCollection": "BidirectionalCollection", "BidirectionalCollection": "Collection",
    "MutableCollection": "Collection", "RangeReplaceableCollection": "Collection", "Collection": "Sequence",
    "Int": "FixedWidthInteger SignedInteger Codable", "Int8": "FixedWidthInteger SignedInteger",
    "Int16": "FixedWidthInteger SignedInteger", "Int32": "FixedWidthInteger SignedInteger",
    "Int64": "FixedWidthInteger SignedInteger", "UInt": "FixedWidthInteger UnsignedInteger",
    "UInt8": "FixedWidthInteger UnsignedInteger", "UInt16": "FixedWidthInteger UnsignedInteger",
    "UInt32": "FixedWidthInteger UnsignedInteger", "UInt64": "FixedWidthInteger UnsignedInteger",
    "FixedWidthInteger": "BinaryInteger LosslessStringConvertible", "SignedInteger": "BinaryInteger SignedNumeric",
    "UnsignedInteger": "BinaryInteger", "BinaryInteger": "Numeric Hashable Strideable CustomStringConvertible",
    "SignedNumeric": "Numeric", "Numeric": "AdditiveArithmetic", "AdditiveArithmetic": "Equatable",
    "Strideable": "Comparable", "Double": "BinaryFloatingPoint Codable", "Float": "BinaryFloatingPoint Codable",
    "CGFloat": "BinaryFloatingPoint", "BinaryFloatingPoint": "FloatingPoint",
    "FloatingPoint": "SignedNumeric Strideable Hashable", "Bool": "Hashable Codable", "Hashable": "Equatable",
    "Comparable": "Equatable", "Codable": "Encodable Decodable", "SetAlgebra": "Equatable ExpressibleByArrayLiteral",
    "OptionSet": "SetAlgebra RawRepresentable", "CodingKey": "CustomStringConvertible CustomDebugStringConvertible",
    "Error": "Sendable", "LocalizedError": "Error", "CustomNSError": "Error", "CaseIterable": "",
    "Actor": "AnyActor Sendable", "ObservableObject": "AnyObject",
}  # fmt: skip
"""Type -> what it conforms to."""

ALIASES = {
    "CountableRange": "Range", "CountableClosedRange": "ClosedRange", "TimeInterval": "Double",
    "StringLiteralType": "String", "IntegerLiteralType": "Int",
}  # fmt: skip
"""Other names of types."""
OWN_CASES = {"Optional": "some none", "Result": "success failure"}
"""Enums of the library -> their cases."""
HOLDING = frozenset(
    "Array ArraySlice ContiguousArray Set Slice ReversedCollection UnsafeBufferPointer UnsafeMutableBufferPointer "
    "Range ClosedRange AnySequence AnyCollection AnyIterator LazySequence LazyCollection EnumeratedSequence "
    "Zip2Sequence UnsafePointer UnsafeMutablePointer CollectionOfOne Repeated AsyncStream AsyncThrowingStream "
    "PartialRangeFrom".split()
)
"""Types whose first argument is what they hold many of."""
ONE = frozenset("first last min max randomElement popLast popFirst next".split())
"""Members that may give one of what is held."""
TAKEN = frozenset({"removeFirst", "removeLast", "remove"})
"""Methods that give one of what is held."""
ALIKE = frozenset("filter sorted reversed shuffled".split())
"""Methods that give an array of what is held."""
PARTS = frozenset("prefix suffix dropFirst dropLast drop".split())
"""Methods that give a part of a collection."""
NUMBERS = frozenset("count hashValue underestimatedCount distance firstIndex lastIndex".split())
TEXTS = frozenset(
    "description debugDescription lowercased uppercased joined trimmingCharacters replacingOccurrences "
    "capitalized".split()
)
TRUTHS = frozenset("isEmpty contains hasPrefix hasSuffix allSatisfy elementsEqual starts isSubset isSuperset".split())
TO_EACH = frozenset(
    "map filter forEach compactMap flatMap contains first last firstIndex lastIndex allSatisfy drop prefix partition "
    "removeAll split min max sorted sort count mapValues".split()
)
"""Methods whose closure is given what is held."""
PROTOCOLS = frozenset(word for said in SUPERTYPES.values() for word in said.split())
ASSOCIATED = {
    "Element": "", "Iterator": "IteratorProtocol", "Index": "Comparable", "SubSequence": "Collection",
    "Indices": "Collection", "Key": "", "Value": "", "RawValue": "", "Wrapped": "", "Stride": "", "Bound": "",
    "Failure": "", "Success": "", "ArrayLiteralElement": "", "AllCases": "Collection",
    "ID": "Hashable", "Body": "",
}  # fmt: skip
"""Associated types of the library -> what they conform to."""
KNOWN = frozenset(
    "Any AnyObject Sendable Copyable Sequence IteratorProtocol Equatable Encodable Decodable RawRepresentable "
    "CustomStringConvertible CustomDebugStringConvertible CustomReflectable ExpressibleByArrayLiteral TextOutputStream "
    "ExpressibleByStringLiteral ExpressibleByIntegerLiteral ExpressibleByDictionaryLiteral Identifiable AnyActor "
    "LosslessStringConvertible RangeExpression ExpressibleByBooleanLiteral ExpressibleByFloatLiteral "
    "ExpressibleByStringInterpolation ExpressibleByNilLiteral ExpressibleByUnicodeScalarLiteral Never".split()
)
_INTS = frozenset(
    {"Array", "ArraySlice", "ContiguousArray", "UnsafeBufferPointer", "UnsafeMutableBufferPointer", "Data"}
)


def associated(of: Library, name: str) -> Type | None:
    """What an associated type of a library's type is."""
    first = of.arguments[0] if of.arguments else None
    if name == "Element":
        if of.name == "Slice" and isinstance(first, Library):
            return associated(first, name)
        if of.name == "Dictionary" and len(of.arguments) == 2:
            return Tuple(of.arguments, ("key", "value"))
        if of.name in {"String", "Substring"}:
            return Library("Character")
        return first if of.name in HOLDING else None
    if name == "Iterator" and of.name in HOLDING:
        return Library("AnyIterator", of.arguments)
    if name == "Index":
        return Library("Int") if of.name in _INTS else Library(f"{of.name}.Index")
    if of.name == "Dictionary" and name in {"Key", "Value"} and len(of.arguments) == 2:
        return of.arguments[name == "Value"]
    if of.name == "Optional" and name == "Wrapped":
        return first
    if of.name == "Result" and name in {"Success", "Failure"} and len(of.arguments) == 2:
        return of.arguments[name == "Failure"]
    if name == "SubSequence" and of.name in {"Array", "ArraySlice"}:
        return Library("ArraySlice", of.arguments)
    if name == "SubSequence" and of.name.startswith("Unsafe"):
        return Library("Slice", (of,))
    if name == "SubSequence" and of.name in {"Slice", "Substring", "Data"}:
        return of
    if name == "SubSequence" and of.name == "String":
        return Library("Substring")
    return None
