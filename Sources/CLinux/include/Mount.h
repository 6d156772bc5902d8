// A block device's files, for a moment.
#ifndef CLINUX_MOUNT_H
#define CLINUX_MOUNT_H

#include <stddef.h>
#include <stdint.h>

// Mounts it, read-only unless `writable`, without devices, set-id programs or programs at all, where nobody sees it: nowhere
// (fsmount(2)), or in a mount namespace of a thread's own on kernels before 5.2. Where the device is read-only too, a journal that was
// not written back is passed over, and `*passed`, where it is asked for, is 1. The mount ends when the descriptor of its root directory
// is closed. -1 with errno.
int imprint_mount_aside(const char *device, const char *type, int writable, int *passed);

// One of several file systems that are one tree. `options` are those of mount(8), none: ""; `point` is where it is in the first one.
// Of the type `bind`, `device` is a path in the tree (MS_BIND in mount(2)).
struct imprint_mount {
  const char *device, *type, *options, *point;
  int writable;
  // Nothing is lost where it cannot be mounted: then it is not.
  int optional;
};

// The same for several, the first of which has the root directory, always in a mount namespace of a thread's own. They last until that
// directory and the namespace are closed. -1 with errno, and `failed` is which of them it was.
int imprint_mount_together(const struct imprint_mount *all, size_t count, int *space, size_t *failed);

// The same for an overlay of three open directories: what is written goes to `upper`, and `lower` stays as it is. `work` is empty, and
// on the file system of `upper` (mount(8), overlay). -1 with errno; EINVAL where that file system can be no upper layer.
int imprint_mount_overlay_aside(int lower, int upper, int work);

// A block device of `size` bytes of an open file, from `offset` on; 0: to its end. Read-only unless `writable`. Its name, and a
// descriptor of it: it goes when that is closed and nothing of it is mounted any more (loop(4), LO_FLAGS_AUTOCLEAR). -1 with errno.
int imprint_attach_loop(int file, uint64_t offset, uint64_t size, int writable, char *name, size_t length);
// Locks a whole open file, as qemu does with the images of running guests (fcntl(2), F_OFD_SETLK). -1 with EAGAIN where somebody else
// has it.
int imprint_claim_file(int file);
// For reading, also what was claimed alone before: qemu's programs may read it, and none may write it (block/file-posix.c,
// RAW_LOCK_PERM_BASE, RAW_LOCK_SHARED_BASE and BLK_PERM_WRITE). -1 with errno; EAGAIN where one writes it already.
int imprint_claim_from_writers(int file);
// Gives blocks that no file has back to the device, and a loop device's to the file below (FITRIM in ioctl_fitrim(2)): of the file system
// that is mounted there in the tree of an open root directory, whose links lead within it. -1 with errno.
int imprint_trim(int root, const char *point);
// Bytes; -1 with errno.
int64_t imprint_device_size(int device);

#endif
