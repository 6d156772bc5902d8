internal import CLinux
internal import Glibc

/// One socket to the kernel's routing tables (rtnetlink(7)). The kernel answers within the call, so nothing waits here.
final class Netlink: Sendable {
  let descriptor: CInt

  /// - Parameter groups: RTMGRP_*: what to hear of without asking.
  init(groups: UInt32 = 0) throws(SystemFailure) {
    descriptor = imprint_netlink(groups)
    guard descriptor >= 0 else { throw SystemFailure("opening a socket to the kernel's links") }
  }

  deinit { close(descriptor) }

  /// One message of an answer: its fixed part and its attributes.
  struct Message: Sendable {
    let type: UInt16
    let body: [UInt8]
  }

  /// Everything of a kind: RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE.
  func dump(_ type: Int, _ operation: String) throws(SystemFailure) -> [Message] {
    let body = [UInt8](repeating: 0, count: MemoryLayout<ifinfomsg>.size)
    // Something changed while it was read (NLM_F_DUMP_INTR): once more, but not for ever.
    for _ in 0..<16 {
      try send(UInt16(type), UInt16(NLM_F_REQUEST | NLM_F_ROOT | NLM_F_MATCH), body, operation)
      if let messages = try answer(operation) { return messages }
    }
    throw SystemFailure(operation, errno: EINTR)
  }

  /// Changes something; returns when it is done.
  func change(_ type: Int, _ body: [UInt8], _ operation: String) throws(SystemFailure) {
    try send(UInt16(type), UInt16(NLM_F_REQUEST | NLM_F_ACK), body, operation)
    _ = try answer(operation)
  }

  private func send(_ type: UInt16, _ flags: UInt16, _ body: [UInt8], _ operation: String) throws(SystemFailure) {
    let header = nlmsghdr(
      nlmsg_len: UInt32(Self.headerSize + body.count), nlmsg_type: type, nlmsg_flags: flags, nlmsg_seq: 1,
      nlmsg_pid: 0)
    let message = withUnsafeBytes(of: header, Array.init) + body
    guard imprint_netlink_send(descriptor, message, message.count) == 0 else { throw SystemFailure(operation) }
  }

  /// nil where a dump has to be asked for again.
  private func answer(_ operation: String) throws(SystemFailure) -> [Message]? {
    var messages: [Message] = []
    var isWhole = true
    // The kernel sends at most 32 KiB at a time to whoever can take so much (netlink_dump()).
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = imprint_netlink_receive(descriptor, &buffer, buffer.count)
      guard count > 0 else { throw SystemFailure(operation) }
      for (header, body) in Self.split(buffer[..<count]) {
        isWhole = isWhole && header.nlmsg_flags & UInt16(NLM_F_DUMP_INTR) == 0
        switch Int32(header.nlmsg_type) {
        case NLMSG_DONE: return isWhole ? messages : nil
        case NLMSG_ERROR:
          let reason = body.integer(at: 0, as: Int32.self) ?? -EBADMSG
          guard reason == 0 else { throw SystemFailure(operation, errno: -reason) }
          return messages
        default: messages.append(Message(type: header.nlmsg_type, body: body))
        }
      }
    }
  }

  /// Throws away what has come without being asked for.
  func drain() {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    // ENOBUFS: some was lost; whoever watches reads everything anew anyway.
    while imprint_netlink_receive(descriptor, &buffer, buffer.count) > 0
      || [ENOBUFS, EMSGSIZE].contains(imprint_errno())
    {}
  }
}

/// netlink(3), rtnetlink(3): everything begins at a multiple of four bytes.
extension Netlink {
  private static let headerSize = MemoryLayout<nlmsghdr>.size

  private static func split(_ bytes: ArraySlice<UInt8>) -> [(nlmsghdr, [UInt8])] {
    var parts: [(nlmsghdr, [UInt8])] = []
    var rest = bytes
    while rest.count >= headerSize {
      let header = rest.withUnsafeBytes { $0.loadUnaligned(as: nlmsghdr.self) }
      let size = Int(header.nlmsg_len)
      guard (headerSize...rest.count).contains(size) else { break }
      parts.append((header, Array(rest.prefix(size).dropFirst(headerSize))))
      rest = rest.dropFirst(aligned(size))
    }
    return parts
  }

  static func attribute(_ type: Int, _ value: [UInt8]) -> [UInt8] {
    let header = rtattr(rta_len: UInt16(MemoryLayout<rtattr>.size + value.count), rta_type: UInt16(type))
    let padding = [UInt8](repeating: 0, count: aligned(value.count) - value.count)
    return withUnsafeBytes(of: header, Array.init) + value + padding
  }

  fileprivate static func aligned(_ size: Int) -> Int { (size + 3) & ~3 }
}

extension Netlink.Message {
  func fixed<Part: BitwiseCopyable>(_ type: Part.Type) -> Part? {
    guard body.count >= MemoryLayout<Part>.size else { return nil }
    return body.withUnsafeBytes { $0.loadUnaligned(as: type) }
  }

  /// The attributes that follow a fixed part of this size.
  func attributes(after size: Int) -> [Int: [UInt8]] {
    var attributes: [Int: [UInt8]] = [:]
    var rest = body.dropFirst(Netlink.aligned(size))
    while rest.count >= MemoryLayout<rtattr>.size {
      let header = rest.withUnsafeBytes { $0.loadUnaligned(as: rtattr.self) }
      let size = Int(header.rta_len)
      guard (MemoryLayout<rtattr>.size...rest.count).contains(size) else { break }
      attributes[Int(header.rta_type)] = Array(rest.prefix(size).dropFirst(MemoryLayout<rtattr>.size))
      rest = rest.dropFirst(Netlink.aligned(size))
    }
    return attributes
  }
}

extension [UInt8] {
  /// In the machine's own byte order.
  func integer<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Number.Type) -> Number? {
    guard count >= offset + MemoryLayout<Number>.size else { return nil }
    return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
  }
}
