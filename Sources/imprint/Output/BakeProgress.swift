internal import Documents
internal import Engine
internal import Glibc
internal import Site
internal import Synchronization

/// A bake as it goes. On a terminal one line that is written over, and a line for what failed; elsewhere a line for each node.
/// Standard error carries it: it is progress, not the answer.
final class BakeProgress: Sendable {
  private struct Sight {
    var finished = 0
    var failed = 0
    var running = 0
    var shown = ""
  }

  private let ink: Palette
  private let isQuiet: Bool
  private let isTerminal: Bool
  private let count: Int
  private let begun = ContinuousClock.now
  private let sight = Mutex(Sight())

  init(ink: Palette, isQuiet: Bool, nodes count: Int) {
    isTerminal = isatty(STDERR_FILENO) == 1 && Terminal.environment("TERM") != "dumb"
    // Colours go by standard output; this may go elsewhere.
    self.ink = isatty(STDERR_FILENO) == 1 ? ink : Palette(isColoured: false)
    self.isQuiet = isQuiet
    self.count = count
  }

  func tell(_ event: BakeEvent) {
    sight.withLock { sight in
      switch event {
      case .begun: sight.running += 1
      case .ended(let entry):
        sight.running -= 1
        if entry.state == .baked { sight.finished += 1 }
        if entry.state == .failed { sight.failed += 1 }
        if let line = line(entry) { self.line(line, &sight) }
      case .pace: break
      case .stopping(.interrupted): line("imprint: stopping; what is half made is taken away", &sight)
      case .stopping(.disk):
        line("imprint: no more are begun: the disk is full or fails, or a file cannot be written", &sight)
      }
      show(isQuiet ? "" : now(sight), &sight)
    }
  }

  func end() { sight.withLock { show("", &$0) } }

  private func line(_ entry: BakeReport.Entry) -> String? {
    switch entry.state {
    case .failed: "\(ink(.bad, "✗")) \(entry.node): \(entry.failure?.description.printableLines ?? "")"
    case .baked where !isQuiet && !isTerminal: "✓ \(entry.node)  \(ActivationText.time(entry.milliseconds))"
    default: nil
    }
  }

  private func now(_ sight: Sight) -> String {
    guard sight.running > 0 else { return "" }
    var parts = ["… \(sight.finished) of \(count) nodes, \(sight.running) at a time"]
    let seconds = begun.duration(to: .now) / .seconds(1)
    let ended = sight.finished + sight.failed
    if ended > 0, seconds > 1 {
      let left = Double(count - ended) * seconds / Double(ended)
      parts.append("\(Int(left.rounded(.up))) s left")
    }
    if sight.failed > 0 { parts.append("\(sight.failed) failed") }
    return parts.joined(separator: ", ")
  }

  private func line(_ text: String, _ sight: inout Sight) {
    show("", &sight)
    Terminal.tell(text)
  }

  /// One line and no more: what has gone on to a second cannot be taken back.
  private func show(_ text: String, _ sight: inout Sight) {
    guard isTerminal, text != sight.shown else { return }
    sight.shown = text
    let columns = Terminal.columns - 1
    let fitting = text.count > columns ? text.prefix(max(columns - 1, 0)) + "…" : text[...]
    Terminal.say("\r\u{1B}[K" + (text.isEmpty ? "" : ink(.faint, String(fitting))))
  }
}
