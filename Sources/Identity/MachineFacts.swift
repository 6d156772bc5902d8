/// Who is this machine: what firmware and cards say, and which node of the site that is.
///
/// What may enter this room: sources of a machine's identity, one file each, and what they look at. It knows nothing of
/// trees, fixups or the bus, and writes nothing.
internal import Glibc
public import Site

/// What tells this machine from every other one, whatever is on its disk.
public struct MachineFacts: Sendable, Equatable {
  /// Nil where the firmware has none, where it is one that many boards share, or where it may not be read (only root may).
  public var uuid: SystemUUID?
  public var serial: String?
  /// The cards' own addresses, sorted; not of bridges, bonds, tunnels and what else is made by software.
  public var macs: [MACAddress]
  /// What the firmware says was stuck on the chassis and on the board; without what many machines say.
  public var assetTags: [String]
  /// Then the firmware is the host's, and says nothing about this machine.
  public var isContainer: Bool

  public init(
    uuid: SystemUUID? = nil, serial: String? = nil, macs: [MACAddress] = [], assetTags: [String] = [],
    isContainer: Bool = false
  ) {
    self.assetTags = assetTags
    self.uuid = uuid
    self.serial = serial
    self.macs = macs.sorted()
    self.isContainer = isContainer
  }

  public var isEmpty: Bool { uuid == nil && serial == nil && macs.isEmpty }

  /// Reads them now.
  ///
  /// - Parameter root: Where sys, proc and run are: `/`, or what a test laid out.
  public init(root: String) {
    let files = SystemFiles(root: root)
    let isContainer = Self.isContainer(files)
    let macs = NetworkCards(files: files, isContainer: isContainer).addresses()
    guard !isContainer else {
      self.init(macs: macs, isContainer: true)
      return
    }
    let uuid = files.line("/sys/class/dmi/id/product_uuid").flatMap { try? SystemUUID($0) }
    let serial = files.line("/sys/class/dmi/id/product_serial")
    self.init(
      uuid: uuid.flatMap { FirmwareUUID.isShared($0) ? nil : $0 },
      serial: serial.flatMap { FirmwareSerial.isPlaceholder($0) ? nil : $0 }, macs: macs,
      assetTags: ["chassis", "board"].compactMap { files.line("/sys/class/dmi/id/\($0)_asset_tag") }.filter {
        !FirmwareSerial.isSharedAssetTag($0)
      })
  }

  /// Whether this process is in a chroot(2): its `/` is an image that this machine works on, and not what it runs. As
  /// systemd tells (running_in_chroot); only root may look, and only root gets there.
  public static var areOfAnotherTree: Bool {
    var own = stat()
    var first = stat()
    guard stat("/", &own) == 0, stat("/proc/1/root/", &first) == 0 else { return false }
    return own.st_dev != first.st_dev || own.st_ino != first.st_ino
  }

  /// systemd's own file, or what a container's manager gave its first process (systemd's Container Interface).
  private static func isContainer(_ files: SystemFiles) -> Bool {
    if files.exists("/run/systemd/container") { return true }
    guard let environment = files.bytes("/proc/1/environ") else { return false }
    return environment.split(separator: 0).contains { $0.starts(with: "container=".utf8) && $0.count > 10 }
  }

  /// What the kernel calls the card with an address; nil where there is none.
  public static func interface(of card: MACAddress, root: String) -> String? {
    let files = SystemFiles(root: root)
    return NetworkCards(files: files, isContainer: isContainer(files)).name(of: card)
  }

  /// Every way in which the UUID may be written down: by this kernel, by another one, by the hypervisor.
  public var uuidSpellings: [SystemUUID] {
    var spellings: [SystemUUID] = []
    for uuid in [uuid, serial.flatMap(FirmwareUUID.uuid(vmwareSerial:))] {
      guard let uuid else { continue }
      for spelling in [uuid, uuid.swapped] where !spellings.contains(spelling) {
        spellings.append(spelling)
      }
    }
    return spellings
  }
}

extension MachineFacts: CustomStringConvertible {
  /// As an operator needs it for a `match`.
  public var description: String {
    var parts: [String] = []
    if !macs.isEmpty { parts.append("MAC " + macs.map(\.description).joined(separator: ", ")) }
    if let uuid { parts.append("UUID \(uuid)") }
    if let serial { parts.append("serial \(serial)") }
    if let tag = assetTags.first { parts.append("asset tag \(tag)") }
    return parts.isEmpty ? "no cards, UUID or serial number that could be read" : parts.joined(separator: "; ")
  }
}
