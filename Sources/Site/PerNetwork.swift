/// A value for each of some networks, in the order of the file.
public struct PerNetwork<Value: Sendable>: Sendable {
  public private(set) var elements: [(network: NetworkName, value: Value)] = []

  public init() {}

  /// The caller knows that no network is there twice, as in a table of a TOML file.
  init(unique elements: [(network: NetworkName, value: Value)]) { self.elements = elements }

  public subscript(network: NetworkName) -> Value? {
    get { elements.firstIndex { $0.network == network }.map { elements[$0].value } }
    set {
      let place = elements.firstIndex { $0.network == network }
      switch (place, newValue) {
      case (let place?, let value?): elements[place].value = value
      case (let place?, nil): elements.remove(at: place)
      case (nil, let value?): elements.append((network, value))
      case (nil, nil): break
      }
    }
  }

  public var networks: [NetworkName] { elements.map { $0.network } }
}

extension PerNetwork: RandomAccessCollection {
  public var startIndex: Int { elements.startIndex }
  public var endIndex: Int { elements.endIndex }
  public subscript(position: Int) -> (network: NetworkName, value: Value) { elements[position] }
}

extension PerNetwork: Equatable where Value: Equatable {
  public static func == (left: Self, right: Self) -> Bool { left.elements.elementsEqual(right.elements, by: ==) }
}

extension PerNetwork: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (NetworkName, Value)...) {
    for (network, value) in elements { self[network] = value }
  }
}
