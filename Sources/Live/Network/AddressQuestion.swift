internal import Site

/// How a network is asked who has an address, by a host that doesn't have it yet.
struct AddressQuestion {
  let address: IPAddress

  /// ETH_P_ARP, ETH_P_IPV6.
  var protocolNumber: UInt16 { address.family == .v4 ? 0x0806 : 0x86DD }

  /// The Ethernet address to send to: everybody's, or the solicited-node group's (RFC 2464, section 7).
  var destination: [UInt8] {
    address.family == .v4 ? [UInt8](repeating: 0xFF, count: 6) : [0x33, 0x33, 0xFF] + address.octets.suffix(3)
  }

  /// What to listen to besides: IPv6 answers go to all nodes, where the one who asks has no address.
  var groups: [[UInt8]] { address.family == .v4 ? [] : [destination, [0x33, 0x33, 0, 0, 0, 1]] }

  /// RFC 5227, section 2.1.1: an ARP request from 0.0.0.0; RFC 4862, section 5.4.2: a neighbour solicitation from ::.
  func packet(from mac: MACAddress) -> [UInt8] {
    switch address.family {
    case .v4: Self.arp + mac.octets + [0, 0, 0, 0] + [0, 0, 0, 0, 0, 0] + address.octets
    case .v6: solicitation
    }
  }

  /// Who says that it has the address, or is about to take it as we are.
  ///
  /// - Parameter sender: Whose frame it was.
  func claimant(in packet: [UInt8], from sender: [UInt8]) -> MACAddress? {
    switch address.family {
    case .v4: arpClaimant(packet)
    case .v6: neighbourClaimant(packet, sender)
    }
  }
}

/// RFC 826
extension AddressQuestion {
  /// Ethernet, IPv4, six and four octets, request.
  private static let arp: [UInt8] = [0, 1, 8, 0, 6, 4, 0, 1]

  private func arpClaimant(_ packet: [UInt8]) -> MACAddress? {
    guard packet.count >= 28, packet.prefix(7) == Self.arp.prefix(7) else { return nil }
    let sender = packet[14..<18]
    let isOwner = sender.elementsEqual(address.octets)
    // Somebody else's probe: whoever of the two goes on takes the other's address.
    let isRival =
      packet[7] == 1 && sender.allSatisfy { $0 == 0 } && packet[24..<28].elementsEqual(address.octets)
    return isOwner || isRival ? MACAddress(octets: packet[8..<14]) : nil
  }
}

/// RFC 4861, sections 4.3 and 4.4.
extension AddressQuestion {
  private var solicitation: [UInt8] {
    let group: [UInt8] = [0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF] + address.octets.suffix(3)
    let source = [UInt8](repeating: 0, count: 16)
    var message: [UInt8] = [135, 0, 0, 0, 0, 0, 0, 0] + address.octets
    let size: [UInt8] = [0, UInt8(message.count)]
    // RFC 8200, section 8.1.
    let sum = Self.checksum(source + group + [0, 0] + size + [0, 0, 0, 58] + message)
    message[2] = UInt8(sum >> 8)
    message[3] = UInt8(sum & 0xFF)
    return [0x60, 0, 0, 0] + size + [58, 255] + source + group + message
  }

  /// RFC 1071; of an even number of octets.
  private static func checksum(_ bytes: [UInt8]) -> UInt16 {
    var sum: UInt32 = 0
    for place in stride(from: 0, to: bytes.count, by: 2) {
      sum += UInt32(bytes[place]) << 8 | UInt32(bytes[place + 1])
    }
    while sum > 0xFFFF { sum = (sum & 0xFFFF) + (sum >> 16) }
    return ~UInt16(sum)
  }

  private func neighbourClaimant(_ packet: [UInt8], _ sender: [UInt8]) -> MACAddress? {
    // A hop limit of 255: from this very link.
    guard packet.count >= 64, packet[6] == 58, packet[7] == 255, packet[48..<64].elementsEqual(address.octets)
    else { return nil }
    let isAdvertisement = packet[40] == 136
    let isRival = packet[40] == 135 && packet[8..<24].allSatisfy { $0 == 0 }
    return isAdvertisement || isRival ? MACAddress(octets: sender) : nil
  }
}
