internal import Documents
internal import Tree

/// By what hosts that share a storage network tell each other apart where it is a person who says who is who: nothing of the machine says
/// which number is free.
enum HostIDs {
  /// The numbers of a host for sanlock, as libvirt's lock driver and lvmlockd give them (qemu-sanlock.conf, `host_id`; lvmlockd(8),
  /// `local/host_id`), and the name by which sanlock takes up its own leases again (sanlock(8), `our_host_name`).
  static let paths = [
    "/etc/libvirt/qemu-sanlock.conf", "/etc/libvirt/libxl-sanlock.conf", "/etc/sanlock/sanlock.conf",
    "/etc/lvm/lvmlocal.conf",
  ]

  static func ids(in bytes: [UInt8]) -> [String] {
    let settings = BracedSettings(bytes)
    return ["host_id", "local/host_id", "our_host_name"].compactMap { key in
      // Zero is none (lvmlocal.conf).
      settings[key].flatMap { $0.isEmpty || $0 == "0" ? nil : "\(key) = \($0)" }
    }
  }

  static let values: UniqueValues.Reader = { thing, template in
    try template.tree.regularFiles(thing.places(in: template)).files.flatMap { place in
      ids(in: try template.tree.file(place.path)?.bytes ?? [])
        .map { UniqueValue(place.path, Array($0.utf8), shown: $0, place: place.path) }
    }
  }
}

/// The keys by which a host registers for reservations: multipathd's (multipath.conf(5), `reservation_key`; `file` is none, it has one for
/// each disk elsewhere), and LVM's (lvmlocal.conf, `local/pr_key`).
enum ReservationKeys {
  static let paths = [
    "/etc/multipath.conf", "/etc/multipath/conf.d/*.conf", "/etc/kolla/multipathd/multipath.conf",
    "/etc/lvm/lvmlocal.conf",
  ]

  static func keys(in bytes: [UInt8]) -> [String] {
    let multipaths = Lines(bytes).compactMap { line -> String? in
      let words = line.content.split { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: "\"") }
      guard words.count > 1, words[0].elementsEqual("reservation_key".utf8) else { return nil }
      return String(decoding: words[1], as: UTF8.self)
    }
    return (multipaths + [BracedSettings(bytes)["local/pr_key"]].compactMap(\.self)).compactMap(key)
  }

  /// In the form in which the kernel's tools show it: up to 8 bytes, what follows a colon is about how it is kept.
  private static func key(_ text: String) -> String? {
    let digits = text.prefix { $0 != ":" }.lowercased()
    return UInt64(digits.hasPrefix("0x") ? digits.dropFirst(2) : digits[...], radix: 16)
      .map { "0x" + String($0, radix: 16) }
  }

  static let values: UniqueValues.Reader = { thing, template in
    try template.tree.regularFiles(thing.places(in: template)).files.flatMap { place in
      keys(in: try template.tree.file(place.path)?.bytes ?? []).map { UniqueValue(place.path, $0) }
    }
  }
}

extension UniqueThing {
  /// It stays in a template, with a warning: what a copy shall have only a person can say.
  @Sendable
  static func leftToAPerson(_ thing: UniqueThing, _ template: Template) throws -> SealedThing {
    thing.staying(try thing.places(in: template), "each copy has it until a person gives it another")
  }
}
