extension InterfacesFile {
  /// The options of all stanzas of an interface.
  public func options(of interface: String) -> [Option] {
    stanzas.filter { $0.interface == interface }.flatMap(\.options)
  }

  /// Edits options of an interface that may be there several times, such as commands.
  ///
  /// - Parameter added: Each goes behind the last option of the first stanza of its family, or of another one where there is
  ///   none of that.
  public mutating func edit(
    _ interface: String, replacing replaced: [(option: Option, value: String)], removing removed: [Option],
    adding added: [(family: Family, name: String, value: String)]
  ) {
    let own = stanzas.filter { $0.interface == interface }
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
    if !rewrite.isEmpty { lines = Lines(rewrite.applied(to: lines)) }
  }
}
