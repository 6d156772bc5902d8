extension Systemd {
  /// Makes a unit, and starts it.
  ///
  /// - Parameter time: For its start job: until a oneshot has ended.
  public func startTransient(_ unit: TransientUnit, within time: Duration) async throws(UnitFailure) {
    let attempt = Attempt("start the transient unit \(unit.name)", unit.name, time)
    // One of that name that failed is still there, and would be in the way.
    try await resetFailed(unit.name, within: attempt.remaining)
    var unit = unit
    while true {
      do throws(UnitFailure) {
        return try await job("StartTransientUnit", Self.arguments(unit), attempt)
      } catch {
        guard let refused = error.refusedProperty,
          let place = unit.properties.firstIndex(where: { $0.name == refused && !$0.isNeeded })
        else { throw error }
        unit.properties.remove(at: place)
      }
    }
  }

  /// StartTransientUnit(s name, s mode, a(sv) properties, a(sa(sv)) aux)
  private static func arguments(_ unit: TransientUnit) -> [BusValue] {
    let properties = unit.properties.map { BusValue.structure([.string($0.name), .variant($0.value)]) }
    return [.string(unit.name), .string("fail"), .array(of: "(sv)", properties), .array(of: "(sa(sv))", [])]
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
