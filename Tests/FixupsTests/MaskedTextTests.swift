import Testing
import Tree

@testable import Fixups

@Suite("No text of a plan has a password in it")
struct MaskedTextTests {
  static let url = "qemu+tcp://admin:hunter2@192.168.10.20/system"
  static let shown = "qemu+tcp://(not shown)@192.168.10.20/system"

  @Test("reasons, findings, claims and errors show URLs without it")
  func everyText() {
    let change = Change("/etc/x", .remove, before: .absent, reasons: ["it said \(Self.url)"])
    #expect(change.reasons == ["it said \(Self.shown)"])
    let finding = Finding(.warning, Self.url, advice: Self.url)
    #expect(finding.text == Self.shown && finding.advice == Self.shown)
    let claim = Claim("x", expected: Self.url, seen: Self.url.replacing("hunter2", with: "hunter3"))
    #expect(claim.expected == Self.shown && claim.seen == Self.shown && !claim.holds)
    #expect(FixupError(Self.url).description == Self.shown)
  }

  @Test("reasons, findings and claims do nothing to a terminal")
  func controls() {
    let (text, shown) = ("x\u{1B}[1A\u{9B}2K\n\u{202E}\u{7}é…", "x^[[1A<U+009B>2K^J<U+202E>^Gé…")
    let change = Change("/etc/x", .remove, before: .absent, reasons: [text])
    #expect(change.reasons == [shown])
    let finding = Finding(.warning, text, advice: text)
    #expect(finding.text == shown && finding.advice == shown)
    let claim = Claim(text, expected: text, seen: text)
    #expect(claim.subject == shown && claim.expected == shown && claim.seen == shown && claim.holds)
  }

  @Test("what is cut shows no first half of it")
  func cut() {
    let url = "rabbit://openstack:\(String(repeating: "x", count: 100))@controller"
    #expect(url.shown == "rabbit://(not shown)@controller")
  }
}
