/// The serial number that firmware gives a machine (SMBIOS type 1).
public enum FirmwareSerial {
  /// What boards say that were never given one: machines would be taken for each other.
  public static func isPlaceholder(_ serial: String) -> Bool {
    let text = serial.lowercased()
    return placeholders.contains(text) || Set(text.filter { !$0.isWhitespace && $0 != "-" && $0 != "." }).count < 2
  }

  /// What whole series of boards, hypervisors and clouds say for an asset tag (cloud-init's DataSourceOpenStack has those
  /// of clouds).
  public static func isSharedAssetTag(_ tag: String) -> Bool {
    isPlaceholder(tag) || sharedTags.contains(tag.lowercased())
  }

  private static let sharedTags: Set<String> = [
    "no asset tag", "no asset information", "asset-1234567890", "asset tag", "chassis asset tag",
    "base board asset tag",
    "not set", "amazon ec2", "opentelekomcloud", "huaweicloud", "sap ccloud vm", "samsung cloud platform", "oracle",
    "7783-7084-3265-9085-8269-3286-77",
  ]

  private static let placeholders: Set<String> = [
    "none", "n/a", "na", "not specified", "not applicable", "not available", "unknown", "default", "default string",
    "system serial number", "serial number", "to be filled by o.e.m.", "to be filled by o.e.m", "empty", "invalid",
    "oem", "123456789", "0123456789", "1234567890", "chassis serial number",
  ]
}
