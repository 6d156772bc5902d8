internal import Site

/// A list of devices as NetworkManager's settings have it (NetworkManager.conf(5), Device List Format).
struct DeviceList {
  /// What can be seen of a device here.
  struct Device {
    let name: String
    /// `ethernet`, `bridge`; nil where nobody says.
    let type: String?
    let mac: MACAddress?
  }

  /// Separated by commas and semicolons alone (nm-core-utils.c, `nm_match_spec_split`).
  let words: [String]

  init(_ text: String) {
    words = text.split { ",;".contains($0) }.map { String($0).trimmingBlanks }.filter { !$0.isEmpty }
  }

  init(words: [String]) { self.words = words }

  /// Whether a device is in it; nil where only the machine can tell. An exception counts before all else, and a list of nothing but
  /// exceptions has all other devices (`_match_result`). What may be meant is not told before it is known, but for an exception.
  func contains(_ device: Device) -> Bool? {
    let exceptions = words.filter { $0.hasPrefix("except:") }.map { String($0.dropFirst("except:".count)) }
    let others = words.filter { !$0.hasPrefix("except:") }
    let excepted = exceptions.map { Self.means($0, device, isVague: false) }
    guard !excepted.contains(true) else { return false }
    let isMeant =
      others.isEmpty ? !exceptions.isEmpty : others.contains { Self.means($0, device, isVague: true) == true }
    return isMeant ? excepted.contains(nil) ? nil : true : false
  }

  /// - Parameter isVague: a word of no kind may be a name or an address.
  private static func means(_ word: String, _ device: Device, isVague: Bool) -> Bool? {
    guard word != "*" else { return true }
    let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    switch (parts[0], parts.count > 1 ? parts[1] : "") {
    case ("interface-name", let pattern): return isNamed(device.name, pattern)
    case ("type", let type): return device.type.map { $0 == type }
    case ("mac", let text): return device.mac.map { (try? MACAddress(text)) == $0 }
    case ("driver", _), ("s390-subchannels", _), ("dhcp-plugin", _): return nil
    default: return isVague && (word == device.name || device.mac != nil && (try? MACAddress(word)) == device.mac)
    }
  }

  /// With an equals sign it is no pattern; in others `*` and `?` alone are signs (g_pattern_match_simple of GLib).
  private static func isNamed(_ name: String, _ text: String) -> Bool {
    guard !text.hasPrefix("=") else { return text.dropFirst() == name }
    let pattern = text.hasPrefix("~") ? String(text.dropFirst()) : text
    return (try? PathPattern("/\(pattern)"))?.matches("/\(name)") ?? (pattern == name)
  }
}
