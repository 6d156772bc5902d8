extension NodeDraft {
  init(_ table: TableReader, name: Placed<String>) {
    var table = table
    self.name = name
    validName = table.checkName(name)
    role = table.choice("role")?.value
    if !table.says("role") {
      table.problems.report(
        name.place, "node \(quoted(name.value)) has no role", "say role = \"compute\" or \"controller\"")
    }
    if table.plainText("addresses") == NodeDraft.awaited {
      awaitedAddresses = table.take("addresses")?.value.place
      (addresses, hasBrokenAddresses) = ([], false)
    } else {
      addresses = table.perNetwork("addresses") { reader, entry in
        if case .array(let list) = entry.value.content, list.isEmpty {
          let (node, network) = (quoted(name.value), quoted(entry.key))
          reader.problems.report(
            entry.value.place, "node \(node) has no address on \(network)", "give it one, or leave \(entry.key) out")
        }
        return reader.list(entry)
      }
      hasBrokenAddresses = table.says("addresses") && !table.isTable("addresses")
    }
    interfaces = table.perNetwork("interfaces") { reader, entry in reader.value(entry.value, of: entry.key) }
    macs = table.perNetwork("mac") { reader, entry in reader.value(entry.value, of: entry.key) }
    profile = table.text("profile")
    migrationKeys = table.list("migration-key")
    hostKeys = table.list("host-key")
    if var match = table.table("match") {
      matchMACs = match.list("mac")
      uuid = match.value("uuid")
      serial = match.serial("serial")
      assetTag = match.assetTag("asset-tag")
      match.finish()
    }
    table.finish()
  }
}

extension NodeDraft {
  /// What stands in place of addresses that the cloud tells.
  static let awaited = "from-metadata"
}

extension TableReader {
  fileprivate mutating func assetTag(_ key: String) -> Placed<String>? {
    firmwareText(
      key, "an asset tag", shownIn: "chassis_asset_tag", isNobodys: FirmwareSerial.isSharedAssetTag)
  }

  fileprivate mutating func serial(_ key: String) -> Placed<String>? {
    firmwareText(key, "a serial number", shownIn: "product_serial", isNobodys: FirmwareSerial.isPlaceholder)
  }

  /// What the firmware says of the machine, without the blanks that some pad it with.
  private mutating func firmwareText(
    _ key: String, _ kind: String, shownIn file: String, isNobodys: (String) -> Bool
  ) -> Placed<String>? {
    guard let text = text(key) else { return nil }
    let said = String(text.value.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    guard !said.isEmpty, said.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
      problems.report(
        text.place, "\(quoted(text.value)) is not \(kind)", "write it as /sys/class/dmi/id/\(file) shows it")
      return nil
    }
    guard !isNobodys(said) else {
      problems.report(text.place, "\(quoted(said)) is what machines without \(kind) say", "leave it out")
      return nil
    }
    return Placed(said, text.place)
  }

  /// A table whose keys are networks.
  fileprivate mutating func perNetwork<Value>(
    _ key: String, _ value: (TableReader, TOMLEntry) -> Value?
  ) -> [PerNetworkDraft<Value>] {
    guard var table = table(key) else { return [] }
    return table.takeAll().compactMap { entry in
      value(table, entry).map { PerNetworkDraft(network: Placed(entry.key, entry.place), value: $0) }
    }
  }
}
