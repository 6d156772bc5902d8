#define _GNU_SOURCE
#include "Copy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

static int is_zero(const char *bytes, size_t count) {
  return bytes[0] == 0 && memcmp(bytes, bytes + 1, count - 1) == 0;
}

static int write_range(int from, int to, off_t at, off_t end, struct imprint_copied *done) {
  char buffer[128 << 10];
  while (at < end) {
    size_t wanted = end - at < (off_t)sizeof buffer ? (size_t)(end - at) : sizeof buffer;
    ssize_t count = pread(from, buffer, wanted, at);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    // It has become shorter; whoever called looks at that.
    if (count == 0) return 0;
    if (!is_zero(buffer, (size_t)count)) {
      for (ssize_t written = 0; written < count;) {
        ssize_t one = pwrite(to, buffer + written, (size_t)(count - written), at + written);
        if (one < 0 && errno == EINTR) continue;
        if (one <= 0) {
          if (one == 0) errno = EIO;
          return -1;
        }
        written += one;
      }
      done->written += (uint64_t)count;
    }
    at += count;
  }
  return 0;
}

static int copy_range(int from, int to, off_t at, off_t end, struct imprint_copied *done) {
  while (at < end) {
    loff_t source = at, target = at;
    size_t wanted = end - at < (off_t)(1 << 30) ? (size_t)(end - at) : (size_t)1 << 30;
    // The number is from the kernel's table, since glibc emulates what is missing in its older versions.
    ssize_t count = syscall(SYS_copy_file_range, from, &source, to, &target, wanted, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO || errno == EFBIG)) return -1;
    // Not between these two, or not in this kernel; 0 where a file system only says that it has a size.
    if (count <= 0) return write_range(from, to, at, end, done);
    done->written += (uint64_t)count;
    at += count;
  }
  return 0;
}

int imprint_copy_data(int from, int to, uint64_t size, struct imprint_copied *done) {
  if (size == 0) return 0;
  if (size > INT64_MAX) {
    errno = EFBIG;
    return -1;
  }
  // Whatever keeps it from sharing, writing says it better.
  if (ioctl(to, FICLONE, from) == 0) {
    done->shared += size;
    return 0;
  }
  if (ftruncate(to, (off_t)size) != 0) return -1;
  for (off_t at = 0, end = (off_t)size; at < end;) {
    off_t data = lseek(from, at, SEEK_DATA), hole = end;
    if (data < 0 && errno == ENXIO) break;
    if (data >= 0) hole = lseek(from, data, SEEK_HOLE);
    if (data < 0) data = at;
    if (hole < 0 || hole > end) hole = end;
    if (data < hole && copy_range(from, to, data, hole, done) != 0) return -1;
    at = hole;
  }
  return 0;
}

int imprint_make_like(int from, const char *from_name, int to, const char *to_name) {
  struct stat status;
  if (fstatat(from, from_name, &status, AT_SYMLINK_NOFOLLOW) != 0) return -1;
  return mknodat(to, to_name, (status.st_mode & S_IFMT) | 0600, status.st_rdev);
}

int imprint_copy_times(int from, const char *from_name, int to, const char *to_name) {
  struct stat status;
  if (fstatat(from, from_name, &status, AT_SYMLINK_NOFOLLOW) != 0) return -1;
  return utimensat(to, to_name, (struct timespec[]){status.st_atim, status.st_mtim}, AT_SYMLINK_NOFOLLOW);
}

int imprint_set_owner_at(int directory, const char *name, uint32_t owner, uint32_t group) {
  return fchownat(directory, name, owner, group, AT_SYMLINK_NOFOLLOW);
}

int imprint_get_flags(int file, uint32_t *flags) {
  int found = 0;
  if (ioctl(file, FS_IOC_GETFLAGS, &found) != 0) return -1;
  *flags = (uint32_t)found;
  return 0;
}

int imprint_set_flags(int file, uint32_t flags, uint32_t mask) {
  int found = 0;
  if (ioctl(file, FS_IOC_GETFLAGS, &found) != 0) return -1;
  int wanted = (int)(((uint32_t)found & ~mask) | (flags & mask));
  return wanted == found ? 0 : ioctl(file, FS_IOC_SETFLAGS, &wanted);
}

uint32_t imprint_kept_flags(void) {
  return FS_IMMUTABLE_FL | FS_APPEND_FL | FS_SYNC_FL | FS_DIRSYNC_FL | FS_NODUMP_FL | FS_NOATIME_FL;
}

uint32_t imprint_first_flags(void) { return FS_NOCOW_FL; }

int imprint_loosen(int directory, const char *name) {
  const char *const names[] = {".", name};
  int result = -1;
  for (int index = 0; index < 2; index++) {
    int file = openat(directory, names[index], O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file < 0) continue;
    uint32_t flags = 0, held = FS_IMMUTABLE_FL | FS_APPEND_FL;
    if (imprint_get_flags(file, &flags) == 0 && (flags & held) && imprint_set_flags(file, 0, held) == 0) result = 0;
    close(file);
  }
  return result;
}

// A name has at most 255 bytes.
struct place {
  char path[300];
};

static struct place place_of(int directory, const char *name) {
  struct place place;
  snprintf(place.path, sizeof place.path, "/proc/self/fd/%d/%s", directory, name);
  return place;
}

ssize_t imprint_list_attributes_at(int directory, const char *name, char *buffer, size_t size) {
  return llistxattr(place_of(directory, name).path, buffer, size);
}

ssize_t imprint_get_attribute_at(int directory, const char *name, const char *attribute, void *buffer, size_t size) {
  return lgetxattr(place_of(directory, name).path, attribute, buffer, size);
}

int imprint_set_attribute_at(int directory, const char *name, const char *attribute, const void *value, size_t size) {
  return lsetxattr(place_of(directory, name).path, attribute, value, size, 0);
}

int imprint_remove_attribute_at(int directory, const char *name, const char *attribute) {
  return lremovexattr(place_of(directory, name).path, attribute);
}

int imprint_unnamed_file(const char *directory) { return open(directory, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600); }

int imprint_copy_attributes(int from, int to) {
  char names[8192], value[65536];
  ssize_t size = flistxattr(from, names, sizeof names);
  if (size < 0) return errno == EOPNOTSUPP ? 0 : -1;
  for (const char *name = names; name < names + size; name += strlen(name) + 1) {
    ssize_t length = fgetxattr(from, name, value, sizeof value);
    if (length < 0) return -1;
    if (fsetxattr(to, name, value, (size_t)length, 0) != 0 && errno != EOPNOTSUPP && errno != EPERM) return -1;
  }
  return 0;
}

int imprint_is_kernels_own(int directory) {
  struct statfs status;
  if (fstatfs(directory, &status) != 0) return -1;
  switch ((unsigned long)status.f_type) {
  case PROC_SUPER_MAGIC:
  case SYSFS_MAGIC:
  case DEVPTS_SUPER_MAGIC:
  case CGROUP_SUPER_MAGIC:
  case CGROUP2_SUPER_MAGIC:
  case DEBUGFS_MAGIC:
  case TRACEFS_MAGIC:
  case SECURITYFS_MAGIC:
  case BPF_FS_MAGIC:
  case PSTOREFS_MAGIC:
  case EFIVARFS_MAGIC:
  case BINFMTFS_MAGIC:
  case AUTOFS_SUPER_MAGIC:
  case SELINUX_MAGIC: return 1;
  default: return 0;
  }
}

int imprint_is_btrfs(const char *path) {
  struct statfs status;
  if (statfs(path, &status) != 0) return -1;
  return (unsigned long)status.f_type == BTRFS_SUPER_MAGIC;
}

int imprint_is_overlay(int directory) {
  struct statfs status;
  if (fstatfs(directory, &status) != 0) return -1;
  return (unsigned long)status.f_type == OVERLAYFS_SUPER_MAGIC;
}

int imprint_rename_new(int from, const char *from_name, int to, const char *to_name) {
  if (syscall(SYS_renameat2, from, from_name, to, to_name, RENAME_NOREPLACE) == 0) return 0;
  if (errno != ENOSYS && errno != EINVAL) return -1;
  struct stat status;
  if (fstatat(to, to_name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
    errno = EEXIST;
    return -1;
  }
  return errno == ENOENT ? renameat(from, from_name, to, to_name) : -1;
}

int imprint_end_with(pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0) return -1;
  return getppid() == parent ? 0 : -1;
}
