#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <malloc.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

int imprint_errno(void) { return errno; }

int imprint_open_root(const char *path) { return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC); }

int imprint_open_directory(int directory, const char *name) {
  return openat(directory, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int imprint_open_component(int directory, const void *name, size_t length) {
  char component[NAME_MAX + 1];
  if (length > NAME_MAX) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(component, name, length);
  component[length] = 0;
  return imprint_open_directory(directory, component);
}

int imprint_reopen_directory(int directory) { return openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }

int imprint_open_read(int directory, const char *name) {
  return openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

int imprint_create(int directory, const char *name) {
  return openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int imprint_open_write(int directory, const char *name, int append) {
  return openat(directory, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (append ? O_APPEND : 0));
}

static void copy_status(const struct stat *from, struct imprint_status *out) {
  out->device = from->st_dev;
  out->inode = from->st_ino;
  out->links = from->st_nlink;
  out->size = (uint64_t)from->st_size;
  out->mode = from->st_mode;
  out->owner = from->st_uid;
  out->group = from->st_gid;
  out->modified_seconds = from->st_mtim.tv_sec;
  out->modified_nanoseconds = from->st_mtim.tv_nsec;
  out->changed_seconds = from->st_ctim.tv_sec;
  out->changed_nanoseconds = from->st_ctim.tv_nsec;
}

int imprint_status_at(int directory, const char *name, struct imprint_status *out) {
  struct stat status;
  if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return -1;
  copy_status(&status, out);
  return 0;
}

int imprint_status_of(int descriptor, struct imprint_status *out) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) return -1;
  copy_status(&status, out);
  return 0;
}

ssize_t imprint_read_link(int directory, const char *name, char *buffer, size_t size) {
  return readlinkat(directory, name, buffer, size);
}

int imprint_make_directory(int directory, const char *name, uint32_t mode) { return mkdirat(directory, name, mode); }

int imprint_link(int from, const char *from_name, int to, const char *to_name) {
  return linkat(from, from_name, to, to_name, 0);
}

int imprint_rename(int from, const char *from_name, int to, const char *to_name) {
  return renameat(from, from_name, to, to_name);
}

int imprint_unlink(int directory, const char *name, int is_directory) {
  return unlinkat(directory, name, is_directory ? AT_REMOVEDIR : 0);
}

int imprint_symlink(const char *target, int directory, const char *name) { return symlinkat(target, directory, name); }

int imprint_set_mode(int descriptor, uint32_t mode) { return fchmod(descriptor, mode); }

int imprint_set_owner(int descriptor, uint32_t owner, uint32_t group) { return fchown(descriptor, owner, group); }

int imprint_sync_filesystem(int descriptor) { return syncfs(descriptor); }

int imprint_sync_data(int descriptor) { return fdatasync(descriptor); }

int imprint_lock(int descriptor, int wait, int shared) {
  int result;
  do result = flock(descriptor, (shared ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB));
  while (result != 0 && errno == EINTR && wait);
  return result;
}

ssize_t imprint_list_attributes(int descriptor, char *buffer, size_t size) { return flistxattr(descriptor, buffer, size); }

ssize_t imprint_get_attribute(int descriptor, const char *name, void *buffer, size_t size) {
  return fgetxattr(descriptor, name, buffer, size);
}

int imprint_set_attribute(int descriptor, const char *name, const void *value, size_t size) {
  return fsetxattr(descriptor, name, value, size, 0);
}

int imprint_remove_attribute(int descriptor, const char *name) { return fremovexattr(descriptor, name); }

int imprint_is_immutable(int directory, const char *name) {
  int descriptor = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (descriptor < 0) return -1;
  int flags = 0;
  int result = ioctl(descriptor, FS_IOC_GETFLAGS, &flags);
  close(descriptor);
  if (result != 0) return -1;
  return (flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)) != 0;
}

int imprint_check_source(int directory, const char *name) {
  int descriptor = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (descriptor < 0) return -1;
  struct statvfs mounted;
  int result = fstatvfs(descriptor, &mounted);
  close(descriptor);
  if (result != 0 || (mounted.f_flag & ST_RDONLY) == 0) return 0;
  errno = EROFS;
  return -1;
}

int imprint_is_being_written(int directory, const char *name) {
  int descriptor = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  // Who may not read it cannot copy it either.
  if (descriptor < 0) return 0;
  // Whoever opens it for writing meanwhile waits for the end of the lease, and we are told by a signal that would end us.
  signal(SIGIO, SIG_IGN);
  int leased = fcntl(descriptor, F_SETLEASE, F_RDLCK) == 0;
  if (leased) fcntl(descriptor, F_SETLEASE, F_UNLCK);
  close(descriptor);
  return !leased;
}

int imprint_check_names(int directory) { return faccessat(directory, ".", W_OK | X_OK, AT_EACCESS); }

static int random_from_device(unsigned char *buffer, size_t size) {
  int descriptor = open("/dev/urandom", O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) return -1;
  struct stat status;
  if (fstat(descriptor, &status) != 0 || !S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 9)) {
    close(descriptor);
    errno = ENODEV;
    return -1;
  }
  while (size > 0) {
    ssize_t count = read(descriptor, buffer, size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      int reason = count == 0 ? EIO : errno;
      close(descriptor);
      errno = reason;
      return -1;
    }
    buffer += count;
    size -= (size_t)count;
  }
  close(descriptor);
  return 0;
}

int imprint_random(void *buffer, size_t size) {
  unsigned char *next = buffer;
  while (size > 0) {
    long count = syscall(SYS_getrandom, next, size, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == ENOSYS) return random_from_device(next, size);
    if (count <= 0) return -1;
    next += count;
    size -= (size_t)count;
  }
  return 0;
}

pid_t imprint_spawn(const char *program, char *const arguments[], char *const environment[], const char *errors) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  sigset_t none, usual;
  sigemptyset(&none);
  // Those that a parent is apt to have ignored (nohup(1), a shell's background), and what this program itself ignores. All of them
  // would be a call for each.
  sigemptyset(&usual);
  for (const int *next = (const int[]){SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGCHLD, SIGXFSZ, SIGIO, 0}; *next; next++)
    sigaddset(&usual, *next);
  pid_t process = -1;
  int reason = posix_spawn_file_actions_init(&files);
  if (reason == 0 && (reason = posix_spawnattr_init(&attributes)) == 0) {
    reason = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    if (reason == 0) reason = posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    if (reason == 0)
      reason = posix_spawn_file_actions_addopen(&files, 2, errors, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (reason == 0) reason = posix_spawnattr_setsigmask(&attributes, &none);
    if (reason == 0) reason = posix_spawnattr_setsigdefault(&attributes, &usual);
    if (reason == 0) reason = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (reason == 0) reason = posix_spawn(&process, program, &files, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
  }
  if (reason == 0) return process;
  errno = reason;
  return -1;
}

int imprint_wait(pid_t process) {
  int status;
  while (waitpid(process, &status, 0) < 0)
    if (errno != EINTR) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// getdents(2)
struct kernel_entry {
  uint64_t inode;
  int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[];
};

ssize_t imprint_read_entries(int descriptor, void *buffer, size_t size) {
  for (;;) {
    long count = syscall(SYS_getdents64, descriptor, buffer, size);
    if (count <= 0) return count;
    // In place: what is kept of an entry is shorter than the entry.
    char *kept = buffer;
    for (char *next = buffer, *end = next + count; next < end;) {
      struct kernel_entry *entry = (struct kernel_entry *)next;
      next += entry->length;
      const char *name = entry->name;
      if (name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0))) continue;
      unsigned char type = entry->type;
      size_t length = strlen(name) + 1;
      *kept++ = (char)(type | 0x80);
      memmove(kept, name, length);
      kept += length;
    }
    if (kept != buffer) return kept - (char *)buffer;
  }
}

int imprint_event(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void imprint_event_signal(int event) { (void)!write(event, &(uint64_t){1}, sizeof(uint64_t)); }

void imprint_event_clear(int event) { (void)!read(event, &(uint64_t){0}, sizeof(uint64_t)); }

int imprint_watch(const char *path) {
  int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (watch < 0) return -1;
  if (inotify_add_watch(watch, path, IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_CLOSE_WRITE) >= 0) return watch;
  int reason = errno;
  close(watch);
  errno = reason;
  return -1;
}

void imprint_watch_clear(int watch) {
  char events[4096];
  while (read(watch, events, sizeof events) > 0) {
  }
}

void imprint_prepare_memory(void) {
  enum { huge = 2 << 20, first = 192 << 10 };
  static void *volatile unused[2];
  // From the heap and not from mmap, never given back: one call for all.
  mallopt(M_MMAP_THRESHOLD, 16 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  mallopt(M_TOP_PAD, 2 * huge);
  char *block = unused[0] = malloc(first);
  if (!block) return;
  // The heap now reaches two huge pages beyond the block, and nothing behind its first bytes was touched. What comes next
  // shall begin where a huge page can: this block and the piece in between are never used, and cost nothing.
  char *top = block + malloc_usable_size(block);
  char *aligned = (char *)(((uintptr_t)top + 4096 + huge - 1) & ~(uintptr_t)(huge - 1));
  char *end = sbrk(0);
  if (end > aligned + huge && end < aligned + 4 * huge && madvise(aligned, huge, MADV_HUGEPAGE) == 0)
    unused[1] = malloc((size_t)(aligned - top) - 64);
}
