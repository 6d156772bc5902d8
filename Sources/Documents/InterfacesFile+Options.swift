extension InterfacesFile {
  /// The options of all stanzas of an interface.
  public func options(of interface: String) -> [Option] {
    stanzas.filter { $0.interface == interface }.flatMap(\.options)
  }

  /// The options of a stanza and those that it inherits, which are not its own.
  public func allOptions(of stanza: Stanza) -> [(option: Option, isOwn: Bool)] {
    var options = stanza.options.map { (option: $0, isOwn: true) }
    var (heir, depth) = (stanza, 0)
    while let base = heir.base, depth < 8,
      let next = Self.base(base, heir.family, in: stanzas.filter { $0 != heir } + others)
    {
      options += next.options.map { ($0, false) }
      (heir, depth) = (next, depth + 1)
    }
    return options
  }

  public func allOptions(of interface: String) -> [(option: Option, isOwn: Bool)] {
    stanzas.filter { $0.interface == interface }.flatMap { allOptions(of: $0) }
  }

  /// Gives a stanza an option of another one, in the same lines.
  ///
  /// - Parameters:
  ///   - source: The file that has it; nil: it is written anew.
  ///   - place: The option of the stanza that it comes before; nil: to the end.
  public mutating func adopt(_ option: Option, from source: InterfacesFile?, into stanza: Stanza, before place: Option?)
  {
    var text = source.map { source in option.lines.map { Array(source.lines[$0].content) } } ?? []
    // At the end of a file it continues in nothing; elsewhere it would in what comes next.
    if text.isEmpty || text.last?.last == UInt8(ascii: "\\") {
      text = [InterfacesStyle([stanza], lines).option(option.name, option.value)]
    }
    var rewrite = LineRewrite()
    rewrite.insertions[place?.lines.lowerBound ?? stanza.end] = text
    apply(rewrite)
  }

  /// Has an interface brought up at boot, before its first stanza.
  public mutating func start(_ interface: String) {
    guard let stanza = stanzas.first(where: { $0.interface == interface }) else { return }
    var rewrite = LineRewrite()
    rewrite.insertions[stanza.header.lowerBound] = [Array("auto \(interface)".utf8)]
    apply(rewrite)
  }

  /// Gives the first stanza of a family what belongs to no address: name servers, MTU and card.
  public mutating func settle(interface: String, family: Family, to settings: InterfaceSettings) {
    guard let stanza = stanzas(for: interface, family: family).first else { return }
    var edit = StanzaEdit(lines: lines, stanza: stanza, style: InterfacesStyle(stanzas, lines))
    edit.settle(settings)
    apply(edit.rewrite)
  }

  /// Edits options of an interface that may be there several times, such as commands.
  ///
  /// - Parameters:
  ///   - interface: nil: those of all.
  ///   - added: Each goes behind the last option of the first stanza of its family, or of another one where there
  ///     is none of that.
  public mutating func edit(
    _ interface: String?, replacing replaced: [(option: Option, value: String)], removing removed: [Option],
    adding added: [(family: Family, name: String, value: String)]
  ) {
    let own = stanzas.filter { interface == nil || $0.interface == interface }
    var rewrite = LineRewrite()
    for option in removed { for line in option.lines { rewrite.changes[line] = .some(nil) } }
    for stanza in own {
      let style = stanza.options.isEmpty ? InterfacesStyle(stanzas, lines) : InterfacesStyle([stanza], lines)
      for (option, value) in replaced where stanza.options.contains(option) {
        for line in option.lines { rewrite.changes[line] = .some(nil) }
        rewrite.changes[option.lines.lowerBound] = style.option(option.name, value)
      }
      let isHome: (Family) -> Bool = { family in stanza == own.first { $0.family == family.rawValue } ?? own.first }
      let new = added.filter { isHome($0.family) }.map { style.option($0.name, $0.value) }
      if !new.isEmpty { rewrite.insertions[stanza.end] = new }
    }
    apply(rewrite)
  }

  /// The value of an option, byte by byte as ifupdown has it.
  public func bytes(of option: Option) -> [UInt8] { places(of: option).map { byte(at: $0) } }

  /// Replaces parts of an option's value where they stand; all else keeps its bytes, in however many lines it is.
  ///
  /// - Parameter parts: in ascending order, as positions in ``bytes(of:)``.
  public mutating func replace(_ parts: [(range: Range<Int>, bytes: [UInt8])], of option: Option) {
    let places = places(of: option)
    for part in parts.reversed() where !part.range.isEmpty {
      // What stays of it stays where it is.
      let old = places[part.range].map { byte(at: $0) }
      let start = zip(old.dropLast(), part.bytes).prefix { $0 == $1 }.count
      let end = zip(old.dropFirst(start + 1).reversed(), part.bytes.dropFirst(start).reversed()).prefix { $0 == $1 }
        .count
      let changed = places[part.range].dropFirst(start).dropLast(end)
      for place in changed.dropFirst().reversed() { put([], at: place) }
      if let first = changed.first { put(Array(part.bytes.dropFirst(start).dropLast(end)), at: first) }
    }
  }

  /// A byte of the file: its line, and how far it is from that one's start.
  private typealias Place = (line: Int, offset: Int)

  private func byte(at place: Place) -> UInt8 {
    let content = lines[place.line].content
    return content[content.startIndex + place.offset]
  }

  private mutating func put(_ bytes: [UInt8], at place: Place) {
    let start = lines[place.line].content.startIndex + place.offset
    lines.replace(start..<start + 1, ofLine: place.line, with: bytes)
  }

  private func places(of option: Option) -> [Place] {
    var places: [Place] = []
    for line in option.lines {
      places += (0..<lines[line].content.count).map { (line, $0) }
      if line + 1 < option.lines.upperBound { places.removeLast() }
    }
    if let last = option.lines.last, lines[last].ending != .crlf {
      while let place = places.last, byte(at: place) == UInt8(ascii: "\\") { places.removeLast() }
    }
    let name = places.drop { byte(at: $0).isCBlank }.drop { !byte(at: $0).isCBlank }
    var value = name.drop { byte(at: $0).isCBlank }
    while let last = value.last, byte(at: last).isCBlank { value.removeLast() }
    return Array(value)
  }
}
