// The network as the kernel has it: rtnetlink(7), and packets below IP (packet(7)).
#ifndef CLINUX_NETWORK_H
#define CLINUX_NETWORK_H

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <sys/types.h>

// A socket that hears the multicast groups (RTMGRP_*); 0: only answers.
int imprint_netlink(uint32_t groups);
// To the kernel. 0, or -1 with errno.
int imprint_netlink_send(int socket, const void *message, size_t size);
// One datagram's size, or -1 with errno; EMSGSIZE where the buffer is too small.
ssize_t imprint_netlink_receive(int socket, void *buffer, size_t size);

// A socket for one protocol (ETH_P_*) on one link, without the link's own header. It never blocks.
int imprint_packets(int link, uint16_t protocol);
// Lets only neighbour discovery through: of IPv6, ICMPv6 of types 135 and 136.
int imprint_packets_filter_neighbours(int socket);
// Hears a multicast address of the link also where the kernel does not listen to it.
int imprint_packets_join(int socket, int link, const uint8_t group[6]);
int imprint_packets_send(int socket, int link, uint16_t protocol, const uint8_t to[6], const void *packet, size_t size);
// Its size, or -1 with errno. `from` is the sender's address; `is_own` says that this machine sent it.
ssize_t imprint_packets_receive(int socket, void *buffer, size_t size, uint8_t from[6], int *is_own);

// The address that the card was made with (ETHTOOL_GPERMADDR, netdevice(7)). 0, or -1 with errno.
int imprint_permanent_address(const char *link, uint8_t address[6]);

#endif
