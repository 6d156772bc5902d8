internal import Documents
public import Site
public import Tree

/// What a stamp remembers of the machine that it was made on, and what is compared with it.
public struct StampedMachine: Sendable, Hashable {
  /// One that the firmware gave this machine alone; nil where it has none, or nobody may say.
  public var uuid: SystemUUID?
  public var serial: String?
  /// The addresses of its cards.
  public var macs: [MACAddress]

  public init(uuid: SystemUUID? = nil, serial: String? = nil, macs: [MACAddress] = []) {
    self.uuid = uuid
    self.serial = serial
    self.macs = macs.sorted()
  }

  public var isEmpty: Bool { uuid == nil && macs.isEmpty }

  /// Whether two descriptions are of one machine.
  public enum Sameness: Sendable, Hashable {
    /// They have a card in common.
    case same
    /// The firmware is the same one, and no card: the card was replaced.
    case replacedCard
    /// No card in common, and no firmware that would say otherwise.
    case other
    /// One of them says too little. Nothing may be concluded from it.
    case unknown
  }

  public func sameness(with former: StampedMachine) -> Sameness {
    if macs.contains(where: former.macs.contains) { return .same }
    if let uuid, let other = former.uuid { return uuid.isSpelling(of: other) ? .replacedCard : .other }
    return macs.isEmpty || former.macs.isEmpty ? .unknown : .other
  }
}

extension StampedMachine: CustomStringConvertible {
  public var description: String {
    let cards = macs.isEmpty ? nil : macs.map(\.description).joined(separator: ", ")
    let parts = [cards, uuid.map { "UUID \($0)" }].compactMap(\.self)
    return parts.isEmpty ? "unknown" : parts.joined(separator: ", ")
  }
}

extension StampedMachine {
  init(_ assignments: ShellAssignments) {
    self.init(
      uuid: assignments.literal("MACHINE_UUID").flatMap { try? SystemUUID($0) },
      serial: assignments.literal("MACHINE_SERIAL").flatMap { $0.isEmpty ? nil : $0 },
      macs: (assignments.literal("MACHINE_MACS") ?? "").split(separator: " ").compactMap { try? MACAddress(String($0)) }
    )
  }

  var assignments: [String] {
    var lines: [String] = []
    if let uuid { lines.append("MACHINE_UUID=\(uuid)") }
    // Vendors write what they like; what a shell would take for more than text is left out.
    if let serial, serial.split(separator: " ").allSatisfy({ Stamp.isPlain(String($0)) }) {
      lines.append("MACHINE_SERIAL=\"\(serial)\"")
    }
    if !macs.isEmpty { lines.append("MACHINE_MACS=\"\(macs.map(\.description).joined(separator: " "))\"") }
    return lines
  }
}

extension Stamp {
  /// The stamp of a disk that was prepared from outside, once it runs on its machine; nil where it knows that already.
  public func adopting(_ machine: StampedMachine, in tree: any TreeReading) throws(TreeError) -> Change? {
    guard let snapshot = try tree.file(Self.path) else { return nil }
    var stamp = self
    stamp.machine = machine
    return Change.edit(snapshot, to: stamp.bytes, because: ["the disk was prepared elsewhere, and this is its machine"])
  }
}
