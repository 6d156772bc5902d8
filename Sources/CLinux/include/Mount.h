// A block device's files, for a moment.
#ifndef CLINUX_MOUNT_H
#define CLINUX_MOUNT_H

// Mounts it read-only, without devices, set-id programs or programs at all, where nobody sees it: nowhere (fsmount(2)), or in
// a mount namespace of a thread's own on kernels before 5.2. The mount ends when the descriptor of its root directory is
// closed. -1 with errno.
int imprint_mount_aside(const char *device, const char *type);

#endif
