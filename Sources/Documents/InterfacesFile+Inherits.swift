extension InterfacesFile {
  /// An iface line in its parts (config.c of ifupdown, read_interfaces_defn): `inherits NAME` may stand in the place of the method, or of
  /// the family and the method.
  struct Header {
    let interface: String
    var family: String?
    var method: String?
    /// What is behind those.
    let extra: [String]
    /// Who is inherited from; nil: nobody.
    let base: String?

    /// - Parameter words: of the whole line.
    init(_ words: [String]) {
      interface = words.dropFirst().first ?? ""
      let rest = Array(words.dropFirst(2))
      let keyword = rest.prefix(2).firstIndex(of: "inherits")
      // Of ifupdown's successors a name alone is enough, and less than a method says nothing.
      let count = keyword ?? (rest.count < 2 ? 0 : 2)
      family = count > 0 ? rest[0] : nil
      method = count > 1 ? rest[1] : nil
      extra = Array(rest.dropFirst(count))
      base = Self.base(of: extra)
    }

    /// - Parameter extra: The words behind family and method.
    static func base(of extra: [String]) -> String? { extra.first == "inherits" ? extra.dropFirst().first : nil }
  }

  /// From which stanza one inherits: the first of that name, and of its own family where it says one.
  static func base(_ name: String, _ family: String?, in stanzas: [Stanza]) -> Stanza? {
    stanzas.first { $0.interface == name && (family == nil || $0.family == family) }
  }
}
