internal import Metadata
internal import Site

/// The config drive. Where there are several, the one with this machine's UUID counts: the others came with a copied disk.
public struct ConfigDriveSource: OutsideSource {
  public init() {}

  public func ask(_ question: IdentityQuestion) -> SourceReport {
    let devices = DriveSearch.devices(root: question.root)
    guard !devices.isEmpty else { return .silent }
    var drives: [Metadata] = []
    var failures: [String] = []
    for device in devices {
      do throws(MetadataError) {
        drives.append(try Metadata(from: ConfigDrive(device.path)))
      } catch {
        failures.append(error.description)
      }
    }
    let own = drives.filter { isOwn($0, question.machine) }
    if own.count == 1 { return MetadataClaims.report(own[0], isCopied: false) }
    guard failures.isEmpty else { return .failed(failures.joined(separator: "; ")) }
    guard drives.count == 1, own.isEmpty else {
      return .failed("there are \(drives.count) config drives, and nothing tells which is this machine's")
    }
    // nova gives a guest its own UUID for the firmware's (nova/virt/libvirt/driver.py): then another one is another's.
    if Firmware(question.files).isOpenStack, let said = drives[0].metaData?.uuid {
      return .failed("\(drives[0].place) is of the machine \(said), which this is not: it was copied")
    }
    return MetadataClaims.report(drives[0], isCopied: true)
  }

  private func isOwn(_ metadata: Metadata, _ machine: MachineFacts) -> Bool {
    guard let said = metadata.metaData?.uuid.flatMap({ try? SystemUUID($0) }) else { return false }
    return machine.uuidSpellings.contains(said)
  }
}

/// What the firmware calls the machine.
struct Firmware {
  /// Only then the metadata service is surely this cloud's own: on any other machine the address is nobody's, or somebody
  /// else's. The names are those that cloud-init goes by (DataSourceOpenStack, VALID_DMI_*).
  let isOpenStack: Bool

  init(_ files: SystemFiles) {
    let product = files.line("/sys/class/dmi/id/product_name") ?? ""
    let tag = files.line("/sys/class/dmi/id/chassis_asset_tag") ?? ""
    isOpenStack =
      ["OpenStack Nova", "OpenStack Compute"].contains(product)
      || ["HUAWEICLOUD", "OpenTelekomCloud", "SAP CCloud VM", "Samsung Cloud Platform"].contains(tag)
      || tag == product && tag.hasPrefix("OpenStack ")
  }
}
