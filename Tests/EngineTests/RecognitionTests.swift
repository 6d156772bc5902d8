import Fixups
import Identity
import Site
import Testing

@testable import Engine

/// What the stamp says × what the machine says × what the site says.
@Suite("Whether a disk is this machine's")
struct RecognitionTests {
  static let uuid = "4c4c4544-0042-3510-8051-b4c04f4b3132"
  /// The same by a kernel that reads the first groups the other way round.
  static let sameUUID = "44454c4c-4200-1035-8051-b4c04f4b3132"
  static let otherUUID = "4c4c4544-0042-3510-8051-b4c04f4b9999"
  static let (a, b, c) = ("00:0c:29:00:00:0a", "00:0c:29:00:00:0b", "00:0c:29:00:00:0c")

  struct Row: CustomTestStringConvertible, Sendable {
    var testDescription: String
    /// Stamped as compute: with these, or without any of a machine; nil: no stamp.
    var stamp: (uuid: String?, macs: [String])?
    var uuid: String?
    var macs: [String] = []
    /// Who the site's match says that it is, and whether by a card.
    var match: String?
    var isByCard = true
    /// For a tree without a stamp: the name that it bears.
    var isNamedSo = false
    var expected: String
  }

  static let rows = [
    Row(testDescription: "the same machine", stamp: (uuid, [a, b]), uuid: uuid, macs: [a, b], expected: "own"),
    Row(
      testDescription: "the same, and the site knows it", stamp: (uuid, [a, b]), uuid: uuid, macs: [a, b],
      match: "compute", expected: "own"),
    Row(
      testDescription: "one of two cards replaced", stamp: (uuid, [a, b]), uuid: uuid, macs: [a, c], expected: "own"),
    Row(
      testDescription: "a board replaced, the cards kept", stamp: (uuid, [a]), uuid: otherUUID, macs: [a],
      expected: "own"),
    Row(testDescription: "no UUID anywhere, the same card", stamp: (nil, [a]), macs: [a], expected: "own"),
    Row(testDescription: "all cards replaced", stamp: (uuid, [a, b]), uuid: uuid, macs: [c], expected: "own"),
    Row(
      testDescription: "all cards replaced, another kernel's spelling", stamp: (uuid, [a]), uuid: sameUUID, macs: [c],
      expected: "own"),
    Row(
      testDescription: "its board with another node's card: by card it is that node", stamp: (uuid, [a]), uuid: uuid,
      macs: [c], match: "compute2", expected: "clone of compute2"),
    Row(
      testDescription: "the same by serial alone: too weak", stamp: (uuid, [a]), uuid: uuid, macs: [c],
      match: "compute2", isByCard: false, expected: "own"),
    Row(
      testDescription: "all cards replaced, and the site has the new one", stamp: (uuid, [a]), uuid: uuid, macs: [c],
      match: "compute", expected: "own"),
    Row(testDescription: "drivers are late, the board is the same", stamp: (uuid, [a]), uuid: uuid, expected: "own"),

    Row(testDescription: "another machine", stamp: (uuid, [a]), uuid: otherUUID, macs: [c], expected: "clone"),
    Row(
      testDescription: "another machine that the site knows", stamp: (uuid, [a]), uuid: otherUUID, macs: [c],
      match: "compute2", expected: "clone of compute2"),
    Row(
      testDescription: "the node moved to new hardware that the site knows", stamp: (uuid, [a]), uuid: otherUUID,
      macs: [c], match: "compute", expected: "clone of compute"),
    Row(
      testDescription: "another card, no UUID in the stamp", stamp: (nil, [a]), uuid: uuid, macs: [c], expected: "clone"
    ),
    Row(testDescription: "another card, no UUID now", stamp: (uuid, [a]), macs: [c], expected: "clone"),
    Row(testDescription: "another card, no UUID ever", stamp: (nil, [a]), macs: [c], expected: "clone"),
    Row(testDescription: "another board, no cards yet", stamp: (uuid, [a]), uuid: otherUUID, expected: "clone"),
    Row(
      testDescription: "another board, a stamp without cards", stamp: (uuid, []), uuid: otherUUID, macs: [c],
      expected: "clone"),

    Row(testDescription: "nothing can be read", stamp: (uuid, [a]), expected: "own"),
    Row(testDescription: "nothing in common to compare", stamp: (uuid, []), macs: [c], expected: "own"),
    Row(testDescription: "only a UUID now, only cards then", stamp: (nil, [a]), uuid: uuid, expected: "own"),

    Row(testDescription: "prepared outside, first boot", stamp: (nil, []), uuid: uuid, macs: [a], expected: "adopt"),
    Row(
      testDescription: "prepared outside for this machine", stamp: (nil, []), macs: [a], match: "compute",
      expected: "adopt"),
    Row(
      testDescription: "prepared outside for another", stamp: (nil, []), macs: [a], match: "compute2",
      expected: "clone of compute2"),
    Row(testDescription: "prepared outside, nothing to remember", stamp: (nil, []), expected: "own"),

    Row(testDescription: "no stamp, nobody knows it", macs: [a], expected: "own"),
    Row(testDescription: "no stamp, it is who it says", macs: [a], match: "compute", isNamedSo: true, expected: "own"),
    Row(testDescription: "no stamp, another name", macs: [a], match: "compute2", expected: "clone of compute2"),
  ]

  @Test("is decided from values", arguments: rows) func table(_ row: Row) throws {
    let stamp = try row.stamp.map { Stamp(node: "compute", machine: try Self.machine($0.uuid, $0.macs)) }
    let answer = try row.match.map { IdentityAnswer(try NodeName($0), "the site says so") }
    let found = Recognition(
      Recognition.Clues(
        stamp: stamp,
        machine: MachineFacts(
          uuid: try row.uuid.map { try SystemUUID($0) }, macs: try row.macs.map { try MACAddress($0) }),
        match: answer, matchByCard: row.isByCard ? answer : nil, isNamedSo: row.isNamedSo))
    let word =
      switch found {
      case .own: "own"
      case .adopt: "adopt"
      case .clone(_, node: nil): "clone"
      case .clone(_, let node?): "clone of \(node.node)"
      }
    #expect(word == row.expected, "\(found)")
  }

  static func machine(_ uuid: String?, _ macs: [String]) throws -> StampedMachine {
    StampedMachine(uuid: try uuid.map { try SystemUUID($0) }, macs: try macs.map { try MACAddress($0) })
  }
}
