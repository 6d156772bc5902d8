internal import Fixups
internal import Site

extension Platform {
  /// Its units in the order of restarting, and with them the others that start otherwise from now on: sockets before all, as services
  /// are reached through them, the rest after all.
  ///
  /// One that is made of other files, or gets another environment, is not done with a reload.
  func units(with changed: ChangedUnits) -> [Unit] {
    let own = units.sorted { $0.order < $1.order }.map { unit in
      var unit = unit
      if changed.files[unit.name.description] != nil { unit.action = .restart }
      return unit
    }
    guard !changed.files.isEmpty else { return own }
    let known = Set(own.map(\.name.description))
    let others = changed.files.keys.filter { !known.contains($0) }.sorted().compactMap { name -> Unit? in
      let isSocket = name.hasSuffix(".socket")
      guard isSocket || name.hasSuffix(".service"), let unit = try? UnitName(name) else { return nil }
      return Unit(
        name: unit, order: isSocket ? .min : .max, files: [], action: .restart, keepsHostname: false,
        purpose: isSocket ? "listens for a service" : "starts otherwise from now on")
    }
    return others.filter { $0.order == .min } + own + others.filter { $0.order == .max }
  }
}
