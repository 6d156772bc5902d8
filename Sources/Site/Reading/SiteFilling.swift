extension Site {
  /// The same file with a node's addresses in place of `addresses = "from-metadata"`: nothing else of it changes.
  ///
  /// - Returns: nil where the node has its addresses.
  /// - Throws: Where the file with these addresses is not a valid site: one outside its subnet, or another node's.
  public static func filling(
    _ bytes: [UInt8], _ name: NodeName, with addresses: PerNetwork<[IPAddress]>, file: String,
    profiles: [String] = Platform.names
  ) throws(SiteProblems) -> (bytes: [UInt8], site: Site)? {
    let draft = try parseDraft(bytes, file: file, profiles: profiles)
    guard let place = draft.nodes.first(where: { $0.validName == name })?.awaitedAddresses,
      let range = range(of: place, in: bytes)
    else { return nil }
    let table = addresses.map { entry in
      let list = entry.value.map { "\"\($0)\"" }
      return "\(entry.network) = " + (list.count == 1 ? list[0] : "[\(list.joined(separator: ", "))]")
    }
    let filled =
      bytes[..<range.lowerBound] + Array("{ \(table.joined(separator: ", ")) }".utf8) + bytes[range.upperBound...]
    return (Array(filled), try parse(Array(filled), file: file, profiles: profiles))
  }

  /// The quoted text at a place; columns are characters.
  private static func range(of place: Place, in bytes: [UInt8]) -> Range<Int>? {
    var start = 0
    for _ in 1..<place.line {
      guard let end = bytes[start...].firstIndex(of: 0x0A) else { return nil }
      start = end + 1
    }
    for _ in 1..<place.column {
      start += 1
      while start < bytes.count, bytes[start] & 0xC0 == 0x80 { start += 1 }
    }
    for quote in ["\"", "'"] {
      let text = Array("\(quote)\(NodeDraft.awaited)\(quote)".utf8)
      if start < bytes.count, bytes[start...].starts(with: text) { return start..<(start + text.count) }
    }
    return nil
  }
}
