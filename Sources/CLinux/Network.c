#define _GNU_SOURCE
#include "Network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int bound(int descriptor, const void *address, socklen_t size) {
  if (descriptor < 0) return -1;
  if (bind(descriptor, address, size) == 0) return descriptor;
  int reason = errno;
  close(descriptor);
  errno = reason;
  return -1;
}

int imprint_netlink(uint32_t groups) {
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
  int type = SOCK_RAW | SOCK_CLOEXEC | (groups ? SOCK_NONBLOCK : 0);
  return bound(socket(AF_NETLINK, type, NETLINK_ROUTE), &address, sizeof address);
}

int imprint_netlink_send(int descriptor, const void *message, size_t size) {
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  ssize_t sent;
  do sent = sendto(descriptor, message, size, 0, (struct sockaddr *)&kernel, sizeof kernel);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -1 : 0;
}

ssize_t imprint_netlink_receive(int descriptor, void *buffer, size_t size) {
  while (1) {
    struct sockaddr_nl from = {0};
    struct iovec part = {buffer, size};
    struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part, .msg_iovlen = 1};
    ssize_t count = recvmsg(descriptor, &message, 0);
    if (count < 0 && errno == EINTR) continue;
    // Any process may send to a netlink socket; only the kernel has port 0.
    if (count >= 0 && from.nl_pid != 0) continue;
    if (count >= 0 && message.msg_flags & MSG_TRUNC) {
      errno = EMSGSIZE;
      return -1;
    }
    return count;
  }
}

int imprint_packets(int link, uint16_t protocol) {
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = link};
  // Protocol 0 until it is bound: nothing of another link is heard in between.
  return bound(socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), &address, sizeof address);
}

int imprint_packets_filter_neighbours(int descriptor) {
  struct sock_filter code[] = {
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),              // IPv6: next header
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 58, 0, 4),      // ICMPv6
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 40),             // its type
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 135, 1, 0),     // solicitation
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 136, 0, 1),     // advertisement
    BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    BPF_STMT(BPF_RET | BPF_K, 0),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

int imprint_packets_join(int descriptor, int link, const uint8_t group[6]) {
  struct packet_mreq membership = {.mr_ifindex = link, .mr_type = PACKET_MR_MULTICAST, .mr_alen = 6};
  memcpy(membership.mr_address, group, 6);
  return setsockopt(descriptor, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof membership);
}

int imprint_packets_send(int descriptor, int link, uint16_t protocol, const uint8_t to[6], const void *packet, size_t size) {
  struct sockaddr_ll address = {
    .sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = link, .sll_halen = 6};
  memcpy(address.sll_addr, to, 6);
  ssize_t sent;
  do sent = sendto(descriptor, packet, size, 0, (struct sockaddr *)&address, sizeof address);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -1 : 0;
}

ssize_t imprint_packets_receive(int descriptor, void *buffer, size_t size, uint8_t from[6], int *is_own) {
  struct sockaddr_ll address = {0};
  socklen_t length = sizeof address;
  ssize_t count;
  do count = recvfrom(descriptor, buffer, size, 0, (struct sockaddr *)&address, &length);
  while (count < 0 && errno == EINTR);
  if (count >= 0) {
    memcpy(from, address.sll_addr, 6);
    *is_own = address.sll_pkttype == PACKET_OUTGOING;
  }
  return count;
}

int imprint_permanent_address(const char *link, uint8_t address[6]) {
  // The head and, behind it, room for 32 octets (MAX_ADDR_LEN).
  uint32_t buffer[(sizeof(struct ethtool_perm_addr) + 32) / sizeof(uint32_t)] = {0};
  struct ethtool_perm_addr *answer = (struct ethtool_perm_addr *)buffer;
  answer->cmd = ETHTOOL_GPERMADDR;
  answer->size = 32;
  struct ifreq request = {.ifr_data = (void *)buffer};
  if (strlen(link) >= sizeof request.ifr_name) {
    errno = ENODEV;
    return -1;
  }
  strcpy(request.ifr_name, link);
  int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  int result = ioctl(descriptor, SIOCETHTOOL, &request);
  int reason = errno;
  close(descriptor);
  errno = result == 0 && answer->size != 6 ? ENODEV : reason;
  if (result < 0 || answer->size != 6) return -1;
  memcpy(address, answer->data, 6);
  return 0;
}
