internal import Documents
internal import Site
internal import Tree

/// `nfs4_unique_id` of the kernel's module nfs, by which servers know a client besides its host name (the kernel's
/// filesystems/nfs/client-identifier.rst), as modprobe gives it (modprobe.d(5)).
enum NFSClient {
  static let paths = ["/etc/modprobe.d/*.conf"]
  private static let key = Array("nfs4_unique_id=".utf8)

  static let isIn: @Sendable ([UInt8]) -> Bool = { !places(in: Lines($0)).isEmpty }

  private struct Place {
    let line: Int
    /// With its key and quotes.
    let word: Range<Int>
    let value: Range<Int>
    /// Of the line, where it is an `options`: whether nothing else is set there.
    let isOnly: Bool?
  }

  /// Whatever the command: `options`, or the text of an `install`. What a shell puts together is each node's own.
  private static func places(in lines: Lines) -> [Place] {
    lines.enumerated().flatMap { index, line -> [Place] in
      let content = line.content
      guard content.count > key.count, !line.text.trimmingBlanks.hasPrefix("#") else { return [] }
      let words = content.split { $0 == 0x20 || $0 == 0x09 }
      let isOnly = words.first?.elementsEqual("options".utf8) == true ? words.count == 3 : nil
      return content.indices.compactMap { start -> Place? in
        guard content[start] == key[0], content[start...].starts(with: key),
          start == content.startIndex || isEnd(content[start - 1])
        else { return nil }
        let rest = content[(start + key.count)...]
        let quote = rest.first.flatMap { isQuote($0) ? $0 : nil }
        let value = quote.map { quote in rest.dropFirst().prefix { $0 != quote } } ?? rest.prefix { !isEnd($0) }
        guard !value.isEmpty, !value.contains(where: { "$`".utf8.contains($0) }) else { return nil }
        let end = quote != nil && value.endIndex < content.endIndex ? value.endIndex + 1 : value.endIndex
        return Place(line: index, word: start..<end, value: value.startIndex..<value.endIndex, isOnly: isOnly)
      }
    }
  }

  private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

  private static func isEnd(_ byte: UInt8) -> Bool {
    isQuote(byte) || [0x20, 0x09, 0x0D, UInt8(ascii: ";")].contains(byte)
  }

  /// A name becomes the node's own in the form that it had, and anything else a UUID.
  @Sendable
  static func renew(_ thing: UniqueThing, _ situation: Situation) throws -> Proposal {
    var known: [String: String] = [:]
    return try situation.tree.regularFiles(matching: paths).reduce(into: Proposal()) { proposal, file in
      var lines = Lines(file.bytes)
      for place in places(in: lines).reversed() {
        let old = String(decoding: file.bytes[place.value], as: UTF8.self)
        let name = situation.ownName(insteadOf: old)?.value
        guard name != nil || (thing.isRenewed(in: situation) && !situation.names.contains(old)) else { continue }
        let new = try name ?? known[old] ?? situation.fresh.uuid()
        known[old] = new
        lines.replace(place.value, ofLine: place.line, with: new.utf8)
      }
      proposal += Proposal.replacing(file, with: lines.bytes, of: thing)
    }
  }

  /// The option goes; without one a client goes by its host name.
  @Sendable
  static func seal(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    try template.tree.regularFiles(matching: paths).reduce(into: try BootHost.seal(thing, template)) { sealed, file in
      var lines = Lines(file.bytes)
      for place in places(in: lines).reversed() {
        guard let isOnly = place.isOnly else {
          sealed.proposal.findings.append(
            Finding(
              .warning, "\(file.path):\(place.line + 1) gives each copy the template's nfs4_unique_id",
              advice: "take it out; an apply on a copy renews it"))
          continue
        }
        if isOnly {
          lines.remove(at: place.line)
        } else {
          lines.replace(place.word.lowerBound - 1..<place.word.upperBound, ofLine: place.line, with: "".utf8)
        }
      }
      sealed.proposal.changes += [Change.edit(file, to: lines.bytes, because: thing.sealReasons)].compactMap(\.self)
    }
  }

  static let values: UniqueValues.Reader = { thing, template in
    try template.tree.regularFiles(matching: paths).flatMap { file in
      places(in: Lines(file.bytes)).map {
        UniqueValue(file.path, String(decoding: file.bytes[$0.value], as: UTF8.self))
      }
    } + BootHost.values(thing, template)
  }
}
