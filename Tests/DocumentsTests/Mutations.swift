import Support

/// Bytes that nobody wrote on purpose, the same ones in each run.
struct Mutations: RandomNumberGenerator {
  private var numbers: SeededNumbers

  init(seed: UInt64) { numbers = SeededNumbers(seed: seed) }

  mutating func next() -> UInt64 { numbers.next() }

  mutating func bytes(upTo count: Int) -> [UInt8] {
    (0..<Int.random(in: 0...count, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self) }
  }

  /// A file made of some of these tokens, blanks and line ends among them.
  mutating func file(of tokens: [String], count: Int) -> [UInt8] {
    (0..<count).flatMap { _ in Array((tokens.randomElement(using: &self) ?? "").utf8) }
  }

  /// A file with some bytes changed, doubled, dropped, and some lines moved.
  mutating func damaged(_ file: String) -> [UInt8] {
    var lines = Array(file.utf8).split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
    if Bool.random(using: &self) { lines.shuffle(using: &self) }
    var bytes = Array(lines.joined(separator: [0x0A]))
    for _ in 0..<Int.random(in: 0...6, using: &self) where !bytes.isEmpty {
      let place = Int.random(in: bytes.indices, using: &self)
      let odd = Array("\n\r\t #\\\":,/=\0 \u{0B}1a.".utf8)
      switch Int.random(in: 0..<5, using: &self) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &self)
      case 1: bytes.remove(at: place)
      case 2: bytes.insert(odd.randomElement(using: &self) ?? 0, at: place)
      case 3: bytes[place] = odd.randomElement(using: &self) ?? 0
      default: bytes.insert(contentsOf: bytes[place...].prefix(30), at: place)
      }
    }
    return bytes
  }
}
