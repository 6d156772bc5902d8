/// `NAME=value` for the environment of a service, as who reads the file understands it.
public struct EnvironmentAssignment: Sendable {
  public let name: String
  /// Without quotes and backslashes.
  public let value: String
  /// Whether the reader works something in it out: a variable, a command, a specifier. Then the value is the source of it, or what
  /// becomes of that where it can be known.
  public let isWorkedOut: Bool
  /// Of the value, or of the name where that has none; counted from 1.
  public let line: Int
  /// Where each byte of the value stands in the file; empty where it is not known.
  let places: [Int]

  init(_ name: String, _ value: PlacedBytes, isWorkedOut: Bool = false, line: Int) {
    self.name = name
    self.value = String(decoding: value.bytes, as: UTF8.self)
    self.isWorkedOut = isWorkedOut || value.bytes.contains { $0 == UInt8(ascii: "$") || $0 == UInt8(ascii: "`") }
    self.line = line
    places = value.places
  }

  /// What has to change in the file so that the value is another; nil where quotes or backslashes stand in the middle of what changes.
  public func edit(to new: String) -> Edit? {
    let (old, new) = (Array(value.utf8), Array(new.utf8))
    guard !isWorkedOut, !old.isEmpty, places.count == old.count else { return nil }
    var start = 0
    while start < min(old.count, new.count), old[start] == new[start] { start += 1 }
    var end = 0
    while end < min(old.count, new.count) - start, old[old.count - 1 - end] == new[new.count - 1 - end] { end += 1 }
    let middle = places[start..<(old.count - end)]
    let place = middle.first ?? (start == 0 ? places[0] : places[start - 1] + 1)
    let bytes = new[start..<(new.count - end)]
    guard bytes.allSatisfy(Self.isPlain), zip(middle, middle.dropFirst()).allSatisfy({ $0 + 1 == $1 }) else {
      return nil
    }
    return Edit(edit: ByteEdit(range: place..<place + middle.count, bytes: Array(bytes)))
  }

  public struct Edit: Sendable { let edit: ByteEdit }

  public static func applying(_ edits: [Edit], to bytes: [UInt8]) -> [UInt8] {
    ByteEdit.apply(edits.map(\.edit).sorted { $0.range.lowerBound < $1.range.lowerBound }, to: bytes)
  }

  /// Stands for itself in every one of these files.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: " ")...UInt8(ascii: "*"), UInt8(ascii: ";"),
      UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\\"), UInt8(ascii: "`"), UInt8(ascii: "|"), 0..<0x20, 0x7F...:
      false
    default: true
    }
  }
}

/// Text without quotes and backslashes, and where each byte of it came from.
struct PlacedBytes: Sendable {
  var bytes: [UInt8] = []
  var places: [Int] = []

  mutating func append(_ byte: UInt8, at place: Int) {
    bytes.append(byte)
    places.append(place)
  }

  subscript(range: Range<Int>) -> PlacedBytes {
    PlacedBytes(bytes: Array(bytes[range]), places: Array(places[range]))
  }
}

/// The numbers of lines, counted from 1, of places that come in ascending order.
struct LineCounter {
  private let bytes: [UInt8]
  private var (place, number) = (0, 1)

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func line(of next: Int) -> Int {
    guard next >= place else { return number }
    for byte in bytes[place..<min(next, bytes.count)] where byte == 0x0A { number += 1 }
    place = next
    return number
  }
}
