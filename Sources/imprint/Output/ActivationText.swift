internal import Documents
internal import Engine
internal import Glibc

/// An activation as it goes: a line for each step that has ended, and on a terminal one below them that is written over, with
/// what is being done right now. Standard error carries it: it is progress, not the answer.
final class ActivationText {
  private let ink: Palette
  private let isTerminal: Bool
  private var pending: [String] = []
  private var isWatching = false
  /// What stands in the last line, which has no end yet.
  private var shown = ""

  init(ink: Palette) {
    isTerminal = isatty(STDERR_FILENO) == 1 && Terminal.environment("TERM") != "dumb"
    // Colours go by standard output; this may go elsewhere.
    self.ink = isatty(STDERR_FILENO) == 1 ? ink : Palette(isColoured: false)
  }

  func tell(_ event: ActivationEvent) {
    switch event {
    case .planned(let steps): if steps.isEmpty { line("nothing has to be restarted") }
    case .noted(let words): line("- \(words.printableLines)")
    case .started(let step): pending.append(step)
    case .finished(let step, let milliseconds):
      end(step)
      line("\(ink(.good, "✓")) \(step)  " + ink(.faint, Self.time(milliseconds)))
      isWatching = true
    case .failed(let step, let reason):
      end(step)
      line("\(ink(.bad, "✗")) \(step): \(reason.printableLines)")
    case .undoing(let reason): line("\(ink(.warning, "!")) \(reason.printableLines): everything is being undone")
    case .awaiting(let seconds):
      isWatching = false
      line("\(ink(.warning, "!")) this will be undone in \(seconds) s unless you run: imprint confirm")
    case .ended: isWatching = false
    }
    show(now)
  }

  private func end(_ step: String) { pending.removeAll { $0 == step } }

  private var now: String {
    if !pending.isEmpty { return "… \(pending.joined(separator: ", "))" }
    return isWatching ? "… looking whether all stays up" : ""
  }

  private func line(_ text: String) {
    show("")
    Terminal.tell(text)
  }

  /// One line and no more: what has gone on to a second cannot be taken back.
  private func show(_ text: String) {
    guard isTerminal, text != shown else { return }
    shown = text
    let columns = Terminal.columns - 1
    let fitting = text.count > columns ? text.prefix(max(columns - 1, 0)) + "…" : text[...]
    Terminal.say("\r\u{1B}[K" + (text.isEmpty ? "" : ink(.faint, String(fitting))))
  }

  static func time(_ milliseconds: Int) -> String {
    milliseconds < 1000 ? "\(milliseconds) ms" : "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
  }
}
