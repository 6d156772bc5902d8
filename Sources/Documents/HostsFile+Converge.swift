extension HostsFile {
  /// Makes every desired name resolve to exactly its addresses, and changes no more than that.
  ///
  /// - A name on a line with another address is wrong there. Only its token goes, with one separator. This holds for
  ///   127.0.1.1 and ::1 as well; `localhost` and its likes are never taken away.
  /// - A line that has the right address and name stays byte for byte, others' aliases included. Where an entry has
  ///   several names, its canonical one is made the first of the line that readers find, because libvirt and nova take
  ///   it from there; a single name is left at the place where it is.
  /// - A missing name is added to the first line that has the address. Failing that, a line that would lose its last
  ///   name gets the right address in place and keeps its comment. Failing that, a new line comes after the last one
  ///   that names a desired node, or at the end.
  /// - A line that has lost its last name goes; a comment behind it stays as a line of its own, since it is somebody's
  ///   words and nobody reads it as an entry.
  ///
  /// A missing final newline stays missing, but where glibc would then misread a node's line. Takes linear time, and a second run changes nothing.
  ///
  /// - Parameters:
  ///   - desired: the nodes; a name that stands in two entries belongs to the first of them, and what can't be a name in
  ///     this file (empty, a blank or `#` in it) is left out.
  ///   - retired: names and addresses that nothing may have any more. Addresses take their lines with them; a loopback
  ///     address, or what a desired entry claims, is not retired.
  ///   - disowned: names that are another machine's: loopback addresses lose them, and so do this machine's `own`.
  public mutating func converge(
    _ desired: [HostEntry], retired: [String] = [], disowned: [String] = [], at own: [String] = []
  ) {
    var convergence = HostsConvergence(lines: lines, desired: desired, retired: retired, disowned: disowned, at: own)
    let rewrite = convergence.rewrite()
    if !rewrite.isEmpty { lines = Lines(rewrite.applied(to: lines)) }
    if endsInMisreadLine(naming: desired) { lines = Lines(lines.bytes + lines.dominantEnding.bytes) }
  }

  /// Whether a node's last line has blanks in front and no newline behind. glibc (2.28 and later, `__nss_readline`) moves
  /// such a line to the left without its terminator and reads ` 10.0.0.1 compute` as `computee`: it needs its newline.
  private func endsInMisreadLine(naming desired: [HostEntry]) -> Bool {
    guard lines.lacksFinalNewline, let last = lines.last?.content, let line = HostsLine(last),
      line.addressRange.lowerBound > last.startIndex
    else { return false }
    let keys = Set(line.names.map { HostsLine.key(last[$0]) })
    return desired.contains { $0.names.contains { keys.contains(HostsLine.key($0)) } }
  }
}
