internal import Documents
public import Site
public import Tree

/// The stamp that an apply leaves in a tree: whose disk this is now. A copy of the tree carries it along, and so tells
/// whose copy it is.
public struct Stamp: Sendable, Equatable {
  public static let path: TreePath = "/var/lib/imprint/identity"

  /// The name of the node that the tree was made into.
  public var node: String
  /// The names that the tree had before it: for people, and for whoever cleans up after the original's name.
  public var formerNames: [String]
  /// The addresses that it had before it, or that the names had.
  public var formerAddresses: [IPAddress]
  /// MAC addresses and UUIDs that its interfaces and names of cards had before it (``Ties``).
  public var formerTies: [String]
  /// The guests that it had before it, of which something was in the tree (``Leftovers``).
  public var formerGuests: [String]
  /// The machine that it was made on; nil where that was not the machine itself, but another that had its disk.
  public var machine: StampedMachine?

  public init(
    node: String, formerNames: [String] = [], formerAddresses: [IPAddress] = [], formerTies: [String] = [],
    formerGuests: [String] = [], machine: StampedMachine? = nil
  ) {
    self.node = node
    self.formerNames = formerNames
    self.formerAddresses = formerAddresses
    self.formerTies = formerTies
    self.formerGuests = formerGuests
    self.machine = machine.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The stamp of a tree; nil where there is none, or one that names nobody.
  public static func read(
    from tree: any TreeReading, _ configurations: ConfigurationCache = ConfigurationCache()
  ) throws(TreeError) -> Stamp? {
    try tree.file(path).flatMap { Stamp(configurations.shell($0)) }
  }

  /// The name of the node that a tree was made into.
  public static func node(in tree: any TreeReading) throws(TreeError) -> String? { try read(from: tree)?.node }

  init?(_ assignments: ShellAssignments) {
    guard let node = assignments.literal("NODE"), !node.isEmpty else { return nil }
    self.node = node
    func words(_ key: String) -> [String] {
      Array((assignments.literal(key) ?? "").utf8).split(separator: UInt8(ascii: " ")).map {
        String(decoding: $0, as: UTF8.self)
      }
    }
    formerNames = words("FORMER_NAMES")
    formerAddresses = words("FORMER_ADDRESSES").compactMap { try? IPAddress($0) }
    formerTies = words("FORMER_TIES")
    formerGuests = words("FORMER_GUESTS")
    let machine = StampedMachine(assignments)
    self.machine = machine.isEmpty ? nil : machine
  }

  /// Assignments that a shell can read too. Names come from strangers' files: what a host name cannot hold is left out.
  var bytes: [UInt8] {
    let names = formerNames.filter { Self.isPlain($0) }.joined(separator: " ")
    let addresses = formerAddresses.map(\.description).joined(separator: " ")
    let lines =
      ["# Whose disk this is, written by imprint.", "NODE=\(node)", "FORMER_NAMES=\"\(names)\""]
      + (addresses.isEmpty ? [] : ["FORMER_ADDRESSES=\"\(addresses)\""])
      + (formerTies.isEmpty ? [] : ["FORMER_TIES=\"\(formerTies.joined(separator: " "))\""])
      + (formerGuests.isEmpty ? [] : ["FORMER_GUESTS=\"\(formerGuests.joined(separator: " "))\""])
      + (machine?.assignments ?? [])
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  static func isPlain(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
        default: false
        }
      }
  }
}

/// Says in the tree whose it is now, after everything else has said so.
struct StampFixup: Fixup {
  let name = "stamp"

  /// A clone that somebody mended by hand looks like the node itself, and still shares what nobody sees.
  private func adoption(_ situation: Situation) -> Finding {
    Finding(
      .warning,
      "no apply has been here before: the machine-id, host keys and all else that must be unique stay, since "
        + situation.provenance.evidence,
      advice: "if this is a copy that was renamed by hand, write the original's name into etc/hostname and plan again")
  }

  /// The machine that runs it; from outside, what the node's own stamp says, and never another node's.
  private func machine(_ situation: Situation, _ found: Stamp?) -> StampedMachine? {
    let former = found?.node == situation.node.name.description ? found?.machine : nil
    guard let machine = situation.machine, !machine.isEmpty else { return former }
    // Who may not read the UUID does not take it away from the machine that it is of.
    guard let former, machine.sameness(with: former) == .same else { return machine }
    return StampedMachine(
      uuid: machine.uuid ?? former.uuid, serial: machine.serial ?? former.serial, macs: machine.macs)
  }

  func propose(for situation: Situation) throws -> Proposal {
    let node = situation.node.name.description
    let found = try Stamp.read(from: situation.tree, situation.configurations)
    // What the node's own stamp remembers is kept; another node's past is not this node's.
    var names = found.flatMap { $0.node == node ? $0.formerNames : nil } ?? []
    for name in situation.provenance.formerNames where !names.contains(name) { names.append(name) }
    var addresses = found.flatMap { $0.node == node ? $0.formerAddresses : nil } ?? []
    for address in situation.formerAddresses.map(\.address) + situation.provenance.unansweredAddresses
    where !addresses.contains(address) { addresses.append(address) }
    var ties = found.flatMap { $0.node == node ? $0.formerTies : nil } ?? []
    for tie in try Ties.originals(in: situation) where !ties.contains(tie) { ties.append(tie) }
    var guests = found.flatMap { $0.node == node ? $0.formerGuests : nil } ?? []
    if situation.provenance.isCopy, situation.node.role == .compute {
      guests += try Leftovers.guests(in: situation.tree, situation.platform).filter { !guests.contains($0) }
    }
    let stamp = Stamp(
      node: node, formerNames: names, formerAddresses: addresses, formerTies: ties, formerGuests: guests,
      machine: machine(situation, found))
    let bytes = stamp.bytes
    let claim = Claim("the stamp of this tree (\(Stamp.path))", expected: node, seen: found?.node)
    let reason = "a second apply has to know that this disk is \(node)'s own"

    let template = try situation.tree.place(SealRecord.path).map {
      $0.removal(because: ["it was a template, and is \(node) now"])
    }
    guard let snapshot = try situation.tree.file(Stamp.path) else {
      let new = try situation.newFile(Stamp.path, mode: 0o600)
      return Proposal(
        changes: [.create(new.path, .bytes(bytes), new.attributes, because: [reason])] + (template.map { [$0] } ?? []),
        findings: situation.provenance.isCopy ? [] : [adoption(situation)], claims: [claim])
    }
    var attributes = snapshot.attributes
    attributes.mode = FileMode(0o600)
    let change = Change.edit(snapshot, to: bytes, attributes: attributes, because: [reason])
    return Proposal(changes: [change, template].compactMap(\.self), claims: [claim])
  }
}
