internal import Documents
internal import Site
internal import Tree

enum NVMeHost {
  static let prefix = "nqn.2014-08.org.nvmexpress:uuid:"
  static let files = ["hostnqn", "hostid"]

  /// hostnqn and hostid carry one UUID: targets refuse a host whose two ids disagree.
  @Sendable
  static func renew(_ thing: UniqueThing, _ situation: Situation) throws -> Proposal {
    let all = try thing.places(in: situation).compactMap { try situation.tree.file($0.path) }
    let files = all.filter { Self.files.contains($0.path.name) }
    guard !all.isEmpty else { return Proposal() }
    guard thing.isRenewed(in: situation) else { return Proposal(claims: agreement(files)) }
    let uuid = try situation.fresh.uuid()
    var known: [String: String] = [:]
    var proposal = files.reduce(into: Proposal()) { proposal, file in
      known[id(Word.only(file.bytes))] = uuid
      let text = file.path.name == "hostid" ? uuid : prefix + uuid
      proposal += Proposal.replacing(file, with: Array("\(text)\n".utf8), of: thing)
    }
    for file in all where !files.contains(file) {
      var bytes = file.bytes
      for place in NVMeConnections.places(in: file).reversed() {
        let old = String(decoding: file.bytes[place.value], as: UTF8.self)
        let new = try known[id(old)] ?? situation.fresh.uuid()
        known[id(old)] = new
        bytes.replaceSubrange(place.value, with: (place.isID ? new : prefix + new).utf8)
      }
      proposal += Proposal.replacing(file, with: bytes, of: thing)
    }
    return proposal
  }

  /// What tells a host from others, in its name as in its id.
  private static func id(_ text: String) -> String {
    (text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text).lowercased()
  }

  private static func agreement(_ files: [FileSnapshot]) -> [Claim] {
    let texts = files.map { Word.only($0.bytes) }
    guard texts.count == 2, texts[0].hasPrefix(prefix) else { return [] }
    return [
      Claim("NVMe host id (\(files[1].path))", expected: String(texts[0].dropFirst(prefix.count)), seen: texts[1])
    ]
  }

  @Sendable
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    var sealed = try UUIDFiles.seal(thing, template) + BootHost.seal(thing, template)
    for file in try template.tree.regularFiles(matching: NVMeConnections.paths) {
      let places = NVMeConnections.places(in: file)
      guard !places.isEmpty else { continue }
      guard places.allSatisfy({ $0.option != nil }) else {
        sealed.proposal.findings.append(
          Finding(
            .warning, "\(file.path) holds the template's NVMe host name, which each copy would connect with",
            advice: "take hostnqn and hostid out of it, or remove it; an apply on a copy renews it"))
        continue
      }
      var bytes = file.bytes
      for option in places.compactMap(\.option).reversed() { bytes.removeSubrange(option) }
      sealed.proposal.changes += [Change.edit(file, to: bytes, because: thing.sealReasons)].compactMap(\.self)
    }
    return sealed
  }
}

/// Files of connections that may name the host themselves, which goes before hostnqn and hostid (nvme-connect-all(1), discovery.conf;
/// libnvme's config.json).
enum NVMeConnections {
  static let paths = ["/etc/nvme/discovery.conf", "/etc/nvme/config.json"]

  struct Place {
    let isID: Bool
    let value: Range<Int>
    /// With the option's own word and the blank before it; nil in JSON, where nothing can go without its comma.
    let option: Range<Int>?
  }

  /// In ascending order.
  static func places(in file: FileSnapshot) -> [Place] {
    file.path.name.hasSuffix(".json") ? members(file.bytes) : options(file.bytes)
  }

  private static func options(_ bytes: [UInt8]) -> [Place] {
    Lines(bytes).flatMap { line -> [Place] in
      let words = line.content.split(whereSeparator: { [0x20, 0x09].contains($0) })
      guard let first = words.first, bytes[first.startIndex] != UInt8(ascii: "#") else { return [] }
      return words.indices.compactMap { index -> Place? in
        let word = words[index]
        let text = String(decoding: bytes[word.startIndex..<word.endIndex], as: UTF8.self)
        for (long, short, isID) in [("--hostnqn", "-q", false), ("--hostid", "-I", true)] {
          let start = word.startIndex > line.content.startIndex ? word.startIndex - 1 : word.startIndex
          if text.hasPrefix("\(long)=") {
            let value = word.startIndex + long.utf8.count + 1..<word.endIndex
            return Place(isID: isID, value: value, option: start..<word.endIndex)
          }
          guard text == long || text == short, index + 1 < words.endIndex else { continue }
          let value = words[index + 1].startIndex..<words[index + 1].endIndex
          return Place(isID: isID, value: value, option: start..<value.upperBound)
        }
        return nil
      }
    }
  }

  /// Members of the objects, wherever they stand.
  private static func members(_ bytes: [UInt8]) -> [Place] {
    let isBlank: (UInt8) -> Bool = { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
    return [("\"hostnqn\"", false), ("\"hostid\"", true)].flatMap { name, isID -> [Place] in
      bytes.indices.compactMap { start -> Place? in
        guard bytes[start] == UInt8(ascii: "\""), bytes[start...].starts(with: name.utf8) else { return nil }
        var rest = bytes[(start + name.utf8.count)...].drop(while: isBlank)
        guard rest.first == UInt8(ascii: ":") else { return nil }
        rest = rest.dropFirst().drop(while: isBlank)
        guard rest.first == UInt8(ascii: "\""), let end = rest.dropFirst().firstIndex(of: UInt8(ascii: "\"")) else {
          return nil
        }
        return Place(isID: isID, value: rest.startIndex + 1..<end, option: nil)
      }
    }.sorted { $0.value.lowerBound < $1.value.lowerBound }
  }
}
