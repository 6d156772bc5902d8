// Copies of whole files, with all that they have.
#ifndef CLINUX_COPY_H
#define CLINUX_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Bytes that came over: by sharing the blocks they stand in, or by being written again.
struct imprint_copied {
  uint64_t shared, written;
};

// The first `size` bytes of an open file into an empty one, and its size: by sharing blocks (FICLONE in ioctl_ficlone(2)) where the
// file system can, else what is data and no hole (SEEK_DATA in lseek(2)) by copy_file_range(2), else by reading and writing, and
// what is all zeros stays a hole. Adds to `done`. -1 with errno.
int imprint_copy_data(int from, int to, uint64_t size, struct imprint_copied *done);

// An empty file of the same kind, and for a device of the same numbers, mode 0600 (mknod(2)): for what is neither file, directory nor
// link. -1 with errno.
int imprint_make_like(int from, const char *from_name, int to, const char *to_name);
// The times of reading and of writing, to the nanosecond, of the name itself. "." is the directory.
int imprint_copy_times(int from, const char *from_name, int to, const char *to_name);
// Of the name itself, not of what a link leads to.
int imprint_set_owner_at(int directory, const char *name, uint32_t owner, uint32_t group);

// A file's own flags (chattr(1); FS_IOC_GETFLAGS in ioctl_iflags(2)), of an open file or directory. -1 with errno; ENOTTY or EOPNOTSUPP
// where the file system has none.
int imprint_get_flags(int file, uint32_t *flags);
// Sets those of `mask` as they are in `flags`, and leaves the others.
int imprint_set_flags(int file, uint32_t flags, uint32_t mask);
// Those that say how a file is used or kept (immutable, append-only, synchronous, without dumps and times of access), and the one that
// has to be set while a file is empty (without copy on write).
uint32_t imprint_kept_flags(void);
uint32_t imprint_first_flags(void);
// Takes from a name of a directory, and from the directory, what keeps the name from being removed: immutable and append-only. 0 where
// there was any; else -1.
int imprint_loosen(int directory, const char *name);

// Extended attributes of a name itself, of whatever kind it is, without opening it: by way of /proc/self/fd.
ssize_t imprint_list_attributes_at(int directory, const char *name, char *buffer, size_t size);
ssize_t imprint_get_attribute_at(int directory, const char *name, const char *attribute, void *buffer, size_t size);
int imprint_set_attribute_at(int directory, const char *name, const char *attribute, const void *value, size_t size);
int imprint_remove_attribute_at(int directory, const char *name, const char *attribute);

// A new file without a name on the file system of a directory, open for reading and writing, mode 0600: it goes when nobody has it open,
// unless it was linked somewhere (O_TMPFILE in open(2)). -1 with errno; EOPNOTSUPP where the file system has none.
int imprint_unnamed_file(const char *directory);
// The extended attributes of an open file, to another that has none of its own; those that the file system or we may not write are
// left out. -1 with errno.
int imprint_copy_attributes(int from, int to);

// 1: of a file system that is the kernel's own view of itself, proc, sysfs and the like (statfs(2)); 0: not; -1 with errno.
int imprint_is_kernels_own(int directory);
// 1: on btrfs (statfs(2)); 0: not; -1 with errno.
int imprint_is_btrfs(const char *path);
// 1: of an overlay (statfs(2)); 0: not; -1 with errno.
int imprint_is_overlay(int directory);

// rename(2), unless something has the new name: then EEXIST (RENAME_NOREPLACE; looked up first where the file system or the kernel
// has none).
int imprint_rename_new(int from, const char *from_name, int to, const char *to_name);

// This process gets SIGTERM when the one that started it ends (PR_SET_PDEATHSIG in prctl(2)); -1 where that has ended already.
int imprint_end_with(pid_t parent);

#endif
