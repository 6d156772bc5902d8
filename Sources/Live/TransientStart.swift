extension Systemd {
  /// Makes a unit, and starts it.
  ///
  /// - Parameters:
  ///   - auxiliary: Units that are made with it and not started: the service that a timer starts.
  ///   - time: For its start job: until a oneshot has ended.
  public func startTransient(
    _ unit: TransientUnit, auxiliary: [TransientUnit] = [], within time: Duration
  ) async throws(UnitFailure) {
    let attempt = Attempt("start the transient unit \(unit.name)", unit.name, time)
    // One of that name that failed is still there, and would be in the way.
    for unit in [unit] + auxiliary { try await resetFailed(unit.name, within: attempt.remaining) }
    var units = [unit] + auxiliary
    while true {
      do throws(UnitFailure) {
        return try await job("StartTransientUnit", Self.arguments(units), attempt)
      } catch {
        guard let refused = error.refusedProperty, let older = units.older(than: refused) else { throw error }
        units = older
      }
    }
  }

  /// StartTransientUnit(s name, s mode, a(sv) properties, a(sa(sv)) aux)
  private static func arguments(_ units: [TransientUnit]) -> [BusValue] {
    let bodies = units.map { unit in
      BusValue.array(
        of: "(sv)", unit.properties.map { .structure([.string($0.name), .variant($0.value)]) })
    }
    let auxiliary = zip(units, bodies).dropFirst().map { BusValue.structure([.string($0.name), $1]) }
    return [.string(units[0].name), .string("fail"), bodies[0], .array(of: "(sa(sv))", auxiliary)]
  }
}

extension UnitFailure {
  /// `Cannot set property CollectMode, or unknown property.` (bus_unit_set_properties in systemd's src/core/dbus-unit.c)
  fileprivate var refusedProperty: String? {
    guard case .bus(let error) = kind, error.name == "org.freedesktop.DBus.Error.PropertyReadOnly" else { return nil }
    let words = error.message.split { !$0.isLetter }
    return words.firstIndex(of: "property").flatMap { words.dropFirst($0 + 1).first }.map(String.init)
  }
}

extension [TransientUnit] {
  /// The same without a property that was refused, or with its former name; nil where it is needed, or not among them.
  fileprivate func older(than refused: String) -> [TransientUnit]? {
    var units = self
    for index in indices {
      guard let place = units[index].properties.firstIndex(where: { $0.name == refused }) else { continue }
      switch units[index].properties[place].older {
      case .needed: return nil
      case .nothing: units[index].properties.remove(at: place)
      case .instead(let other): units[index].properties[place] = other
      }
      return units
    }
    return nil
  }
}
