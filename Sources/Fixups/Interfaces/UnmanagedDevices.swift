internal import Documents
internal import Site
internal import Tree

/// The devices that NetworkManager is told to leave alone (NetworkManager.conf(5)): those of `unmanaged-devices`, and those of a
/// section `[device…]` with `managed=0`; with the files that count on a condition, and without.
struct UnmanagedDevices {
  private let always: UnmanagedList
  private let all: UnmanagedList
  private let conditional: [KeyfileDirectory.Settings]

  init(in tree: any TreeReading) throws(TreeError) {
    let isFreed = try NetplanFiles(tree).hasNetworkManager
    // Beside its connections netplan writes an empty file of that name below /run, which counts before the package's (nm.c).
    let files = try KeyfileDirectory.settings(in: tree).filter {
      !isFreed || $0.path != "/usr/lib/NetworkManager/conf.d/10-globally-managed-devices.conf"
    }
    conditional = files.filter { $0.condition != nil }
    all = UnmanagedList(files)
    always = conditional.isEmpty ? all : UnmanagedList(files.filter { $0.condition == nil })
  }

  /// Why NetworkManager leaves a device alone; nil: it does not.
  func reason(for device: DeviceList.Device) -> UnmanagedList.Reason? {
    let (sure, possible) = (always.reason(for: device), all.reason(for: device))
    guard sure?.isSure != possible?.isSure, var reason = possible ?? sure else { return sure }
    let file = conditional.first { reason.place.hasPrefix("\($0.path)") } ?? conditional.first
    reason.doubt = file.map {
      "where enable=\($0.condition?.shown ?? "") of [.config] in \($0.path) holds, which only the machine can tell"
    }
    return reason
  }
}

/// Those that some files of settings say.
struct UnmanagedList {
  /// Who says so of a device, and what to do.
  struct Reason {
    /// File and line.
    let place: String
    let advice: String
    /// What only the machine can tell of it.
    var doubt: String?
    var isSure: Bool { doubt == nil }
    static let exceptions = "but for exceptions that only the machine can tell"
  }

  private var list: [String] = []
  private var place = ""
  /// In the order in which they are asked.
  private var sections: [Section] = []

  private struct Section {
    let name: String
    var values: [String: (text: String, place: String)] = [:]

    func isTrue(_ key: String) -> Bool? { KeyfileDirectory.truth(values[key]?.text) }
  }

  init(_ files: [KeyfileDirectory.Settings]) {
    for file in files {
      addList(file.path, file.document)
      addSections(file.path, file.document)
    }
    // Later files count first, but within one the order is that of the file (nm-config.c, `read_config`); a plain [device] is last.
    sections = sections.reversed().filter { $0.name != "device" } + sections.filter { $0.name == "device" }
  }

  func reason(for device: DeviceList.Device) -> Reason? {
    let listed = DeviceList(words: list).contains(device)
    if listed != false {
      return Reason(
        place: place, advice: "take it out of unmanaged-devices", doubt: listed == true ? nil : Reason.exceptions)
    }
    var isSure = true
    // Sections about other things decide nothing here.
    for section in sections where section.isTrue("managed") != nil || section.isTrue("stop-match") == true {
      if let match = section.values["match-device"] {
        let isMeant = DeviceList(match.text).contains(device)
        if isMeant == false { continue }
        isSure = isSure && isMeant == true
      }
      if let isManaged = section.isTrue("managed"), let place = section.values["managed"]?.place {
        let advice = "take managed out of [\(section.name)], or leave \(device.name) out of its match-device"
        return isManaged ? nil : Reason(place: place, advice: advice, doubt: isSure ? nil : Reason.exceptions)
      }
      if section.isTrue("stop-match") == true { return nil }
    }
    return nil
  }

  /// With `+=` and `-=` a file changes what the ones before it say.
  private mutating func addList(_ path: TreePath, _ document: Keyfile) {
    for setting in document.settings where setting.section == "keyfile" {
      let words = DeviceList(setting.value).words
      switch setting.key {
      case "unmanaged-devices": list = words
      case "unmanaged-devices+": list += words
      case "unmanaged-devices-":
        list.removeAll { words.contains($0) }
        continue
      default: continue
      }
      place = "\(path)\(document.line(of: setting.section, setting.key).map { ":\($0)" } ?? "")"
    }
  }

  private mutating func addSections(_ path: TreePath, _ document: Keyfile) {
    var names: [String] = []
    for setting in document.settings where setting.section.hasPrefix("device") && !names.contains(setting.section) {
      names.append(setting.section)
    }
    for name in names.reversed() {
      if !sections.contains(where: { $0.name == name }) { sections.append(Section(name: name)) }
      guard let index = sections.firstIndex(where: { $0.name == name }) else { continue }
      for setting in document.settings where setting.section == name {
        let line = document.line(of: name, setting.key).map { ":\($0)" } ?? ""
        sections[index].values[setting.key] = (setting.value.trimmingBlanks, "\(path)\(line)")
      }
    }
  }
}
