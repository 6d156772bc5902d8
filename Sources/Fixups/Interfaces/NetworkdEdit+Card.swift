internal import Documents
internal import Site

extension NetworkdEdit {
  /// A bridge or a bond that is made with an address of its own (systemd.netdev(5), [NetDev]) has the original's in a copy.
  mutating func freeDevice() {
    for index in unit.editable {
      let said = unit.documents[index].document.settings("NetDev", "MACAddress").filter {
        (try? MACAddress($0.value)).map { situation.isOriginals($0) } ?? false
      }
      guard !said.isEmpty else { continue }
      remove(
        said, index, because: "MACAddress of [NetDev] is the original's: two machines would share one MAC address")
    }
  }

  /// The address that [Link] gives whatever card has the file.
  mutating func freeLink() {
    for index in unit.editable {
      let said = unit.documents[index].document.settings("Link", "MACAddress").filter {
        (try? MACAddress($0.value)).map { situation.isOriginals($0) } ?? false
      }
      guard !said.isEmpty else { continue }
      remove(said, index, because: "MACAddress of [Link] is the original's: two machines would share one MAC address")
    }
  }

  /// [Match] by which the file is the card's, and [Link] by which the card has another address.
  mutating func convergeCard(_ mac: MACAddress?, of interface: String) {
    for index in unit.editable {
      for key in ["MACAddress", "PermanentMACAddress"] {
        for setting in unit.documents[index].document.settings("Match", key).reversed() {
          let said = setting.value.split { $0 == " " || $0 == "\t" }.compactMap { try? MACAddress(String($0)) }
          guard !said.isEmpty else { continue }
          if let mac {
            guard said != [mac] else { continue }
            unit.documents[index].document.replace(setting, with: mac.description)
            note("\(key) of [Match] said another card than the site", index)
          } else if said.contains(where: { situation.isOriginals($0) }) {
            let reason = "\(key) of [Match] is the original's card: the file would match no other"
            unit.documents[index].document.remove([setting])
            note(reason, index)
            if unit.words("Match", "Name").isEmpty {
              unit.documents[index].document.add("Match", "Name", interface)
            }
          }
        }
      }
      for setting in unit.documents[index].document.settings("Link", "MACAddress").reversed()
      where !setting.value.isEmpty {
        let said = try? MACAddress(setting.value)
        guard situation.isOriginals(said) || mac.map({ said != $0 }) ?? false else { continue }
        remove(
          [setting], index, because: "MACAddress of [Link] is the original's: two machines would share one MAC address")
      }
    }
  }
}
