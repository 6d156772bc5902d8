#define _GNU_SOURCE
#include "Mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

// The numbers are the same on every architecture (include/uapi/asm-generic/unistd.h); glibc has names for them since 2.36.
enum { fsopen_call = 430, fsconfig_call = 431, fsmount_call = 432, openat2_call = 437 };
enum { close_on_exec = 1, set_flag = 0, set_string = 1, create = 6, only_read = 1, no_setid = 2, no_device = 4, no_program = 8 };

// What a file system is made of: its type, and pairs of a word and its value, an empty one where a word has none.
struct recipe {
  const char *type, *source;
  const char *const *words;
  int writable;
};

static int mount_nowhere(const struct recipe *recipe) {
  int context = (int)syscall(fsopen_call, recipe->type, close_on_exec);
  if (context < 0) return -1;
  int mount = -1;
  int result = (int)syscall(fsconfig_call, context, set_string, "source", recipe->source, 0);
  if (result == 0 && !recipe->writable) result = (int)syscall(fsconfig_call, context, set_flag, "ro", NULL, 0);
  for (const char *const *word = recipe->words; result == 0 && word && *word; word += 2)
    result = *word[1] ? (int)syscall(fsconfig_call, context, set_string, word[0], word[1], 0)
                      : (int)syscall(fsconfig_call, context, set_flag, word[0], NULL, 0);
  if (result == 0 && syscall(fsconfig_call, context, create, NULL, NULL, 0) == 0)
    mount = (int)syscall(
      fsmount_call, context, close_on_exec, (recipe->writable ? 0 : only_read) | no_setid | no_device | no_program);
  int reason = errno;
  close(context);
  errno = reason;
  return mount;
}

struct aside {
  const struct recipe *recipe;
  int root, reason;
};

// Over /run, which every machine has: only this thread sees it.
static void *mount_in_own_namespace(void *argument) {
  struct aside *aside = argument;
  const struct recipe *recipe = aside->recipe;
  unsigned long flags = (recipe->writable ? 0 : MS_RDONLY) | MS_NOSUID | MS_NODEV | MS_NOEXEC;
  char options[256] = "";
  size_t length = 0;
  for (const char *const *word = recipe->words; word && *word && length < sizeof options; word += 2)
    length += (size_t)snprintf(options + length, sizeof options - length, "%s%s%s%s", length ? "," : "", word[0], *word[1] ? "=" : "", word[1]);
  if (length >= sizeof options) {
    aside->reason = ENAMETOOLONG;
    return NULL;
  }
  if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
      mount(recipe->source, "/run", recipe->type, flags, options) == 0) {
    aside->root = open("/run", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    aside->reason = errno;
    umount2("/run", MNT_DETACH);
    return NULL;
  }
  aside->reason = errno;
  return NULL;
}

// A thread can have a namespace of its own, which goes with it. What goes wrong with the work is in its reason.
static void on_own_thread(void *(*work)(void *), void *argument, int *reason) {
  pthread_t thread;
  int failure = pthread_create(&thread, NULL, work, argument);
  if (failure == 0) pthread_join(thread, NULL);
  else *reason = failure;
  errno = *reason;
}

static int mount_aside(const struct recipe *recipe) {
  int root = mount_nowhere(recipe);
  if (root >= 0 || errno != ENOSYS) return root;
  struct aside aside = {recipe, -1, 0};
  on_own_thread(mount_in_own_namespace, &aside, &aside.reason);
  return aside.root;
}

int imprint_mount_aside(const char *device, const char *type, int writable, int *passed) {
  // Copies of one image have one UUID, and XFS mounts no second one (xfs(5)).
  int is_xfs = strcmp(type, "xfs") == 0;
  static const char *const again[] = {"nouuid", "", NULL};
  int root = mount_aside(&(struct recipe){type, device, is_xfs ? again : NULL, writable});
  if (passed) *passed = 0;
  if (root >= 0 || writable) return root;
  // Its journal would have to be written back first, and the device is not to be written to.
  static const char *const passes[][3] = {
    {"ext4", "noload", ""}, {"ext3", "noload", ""}, {"xfs", "norecovery", ""}, {"btrfs", "rescue", "nologreplay"}};
  int reason = errno;
  for (size_t index = 0; index < sizeof passes / sizeof *passes; index++) {
    if (strcmp(type, passes[index][0]) != 0) continue;
    const char *const words[] = {passes[index][1], passes[index][2], is_xfs ? "nouuid" : NULL, "", NULL};
    root = mount_aside(&(struct recipe){type, device, words, 0});
  }
  if (root < 0) errno = reason;
  else if (passed) *passed = 1;
  return root;
}

struct together {
  const struct imprint_mount *all;
  size_t count, failed;
  int root, space, reason;
};

// As mount(8) does it, and without writing a journal back where the device is only read.
static int mount_over(const struct imprint_mount *mount_, const char *target, int root) {
  if (strcmp(mount_->type, "bind") == 0) {
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    int source = (int)syscall(openat2_call, root, mount_->device, &how, sizeof how);
    if (source < 0) return -1;
    char name[40];
    snprintf(name, sizeof name, "/proc/self/fd/%d", source);
    int result = mount(name, target, NULL, MS_BIND, NULL), reason = errno;
    close(source);
    errno = reason;
    return result;
  }
  static const char *const passes[] = {"", "noload", "norecovery", "rescue=nologreplay"};
  unsigned long flags = (mount_->writable ? 0 : MS_RDONLY) | MS_NOSUID | MS_NODEV | MS_NOEXEC;
  int reason = 0;
  for (size_t index = 0; index < (mount_->writable ? 1 : sizeof passes / sizeof *passes); index++) {
    char options[512];
    const char *comma = *mount_->options && *passes[index] ? "," : "";
    const char *again = strcmp(mount_->type, "xfs") != 0 ? "" : *mount_->options || *passes[index] ? ",nouuid" : "nouuid";
    if ((size_t)snprintf(options, sizeof options, "%s%s%s%s", mount_->options, comma, passes[index], again) >= sizeof options) {
      errno = ENAMETOOLONG;
      return -1;
    }
    if (mount(mount_->device, target, mount_->type, flags, options) == 0) return 0;
    if (reason == 0) reason = errno;
  }
  errno = reason;
  return -1;
}

// Over /run, as above; the others where the first one's own links lead within it.
static void *mount_in_one_namespace(void *argument) {
  struct together *together = argument;
  together->root = -1;
  together->space = -1;
  int root = -1;
  if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mount_over(together->all, "/run", -1) == 0)
    root = open("/run", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (size_t index = 1; root >= 0 && index < together->count; index++) {
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    int point = (int)syscall(openat2_call, root, together->all[index].point, &how, sizeof how);
    char name[40];
    snprintf(name, sizeof name, "/proc/self/fd/%d", point);
    if ((point < 0 || mount_over(&together->all[index], name, root) != 0) && !together->all[index].optional) {
      int reason = errno;
      together->failed = index;
      close(root);
      root = -1;
      errno = reason;
    }
    int reason = errno;
    if (point >= 0) close(point);
    errno = reason;
  }
  if (root >= 0) together->space = open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC);
  together->reason = errno;
  if (together->space >= 0) together->root = root;
  else if (root >= 0) close(root);
  return NULL;
}

int imprint_mount_together(const struct imprint_mount *all, size_t count, int *space, size_t *failed) {
  struct together together = {.all = all, .count = count, .root = -1, .space = -1};
  on_own_thread(mount_in_one_namespace, &together, &together.reason);
  *space = together.space;
  *failed = together.failed;
  return together.root;
}

int imprint_mount_overlay_aside(int lower, int upper, int work) {
  // By descriptor: no comma, colon or length of a path has a meaning then. A thread's own, since a namespace may be, too.
  char names[3][40];
  int directories[3] = {lower, upper, work};
  for (int index = 0; index < 3; index++)
    snprintf(names[index], sizeof names[index], "/proc/self/fd/%d", directories[index]);
  const char *const words[] = {
    "lowerdir", names[0], "upperdir", names[1], "workdir", names[2],
    // Whatever the kernel is set to: the layers can be mounted by another kernel, and from another place.
    "index", "off", "metacopy", "off", "redirect_dir", "off", NULL,
  };
  int root = mount_aside(&(struct recipe){"overlay", "imprint", words, 1});
  if (root >= 0 || errno != EINVAL) return root;
  // Kernels before 4.19 lack some of these words, and what they stand for.
  const char *const fewer[] = {words[0], words[1], words[2], words[3], words[4], words[5], NULL};
  return mount_aside(&(struct recipe){"overlay", "imprint", fewer, 1});
}

int imprint_attach_loop(int file, uint64_t offset, uint64_t size, int writable, char *name, size_t length) {
  int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
  if (control < 0) return -1;
  int device = -1, reason = EBUSY;
  // Somebody else may take the free one first (loop(4)).
  for (int attempt = 0; attempt < 64 && device < 0 && reason == EBUSY; attempt++) {
    int number = ioctl(control, LOOP_CTL_GET_FREE);
    if (number < 0 || snprintf(name, length, "/dev/loop%d", number) >= (int)length) {
      reason = number < 0 ? errno : ENAMETOOLONG;
      break;
    }
    device = open(name, O_RDWR | O_CLOEXEC);
    if (device < 0) {
      reason = errno;
      break;
    }
    struct loop_info64 info = {
      .lo_offset = offset, .lo_sizelimit = size, .lo_flags = LO_FLAGS_AUTOCLEAR | (writable ? 0 : LO_FLAGS_READ_ONLY)};
#ifdef LOOP_CONFIGURE
    // All in one: whoever is killed between the two below leaves a device that nothing takes away. Since 5.8.
    struct loop_config config = {.fd = (__u32)file, .info = info};
    if (ioctl(device, LOOP_CONFIGURE, &config) == 0) break;
#endif
    if (ioctl(device, LOOP_SET_FD, file) == 0) {
      if (ioctl(device, LOOP_SET_STATUS64, &info) == 0) break;
      reason = errno;
      ioctl(device, LOOP_CLR_FD, 0);
    } else {
      reason = errno;
    }
    close(device);
    device = -1;
  }
  close(control);
  errno = reason;
  return device;
}

int imprint_claim_file(int file) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  return fcntl(file, F_OFD_SETLK, &lock);
}

int imprint_claim_from_writers(int file) {
  // Who writes has a lock of the byte 100 + 1, and "nobody shares writing with me" is one of 200 + 1; the rest is let go of.
  enum { writing = 101, not_writing = 201 };
  struct flock own = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = not_writing, .l_len = 1};
  struct flock before = {.l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = not_writing};
  struct flock behind = {.l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = not_writing + 1};
  if (fcntl(file, F_OFD_SETLK, &own) != 0 || fcntl(file, F_OFD_SETLK, &before) != 0 || fcntl(file, F_OFD_SETLK, &behind) != 0)
    return -1;
  // First the lock and then the look, as qemu does it: of two that come at once one sees the other.
  struct flock writer = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = writing, .l_len = 1};
  if (fcntl(file, F_OFD_GETLK, &writer) != 0) return -1;
  if (writer.l_type == F_UNLCK) return 0;
  own.l_type = F_UNLCK;
  fcntl(file, F_OFD_SETLK, &own);
  errno = EAGAIN;
  return -1;
}

int imprint_trim(int root, const char *point) {
  struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  // The root itself needs no kernel that knows the call (5.6).
  int directory = strcmp(point, "/") == 0 ? openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                                          : (int)syscall(openat2_call, root, point, &how, sizeof how);
  if (directory < 0) return -1;
  struct fstrim_range all = {.len = UINT64_MAX};
  int result = ioctl(directory, FITRIM, &all), reason = errno;
  close(directory);
  errno = reason;
  return result;
}

int64_t imprint_device_size(int device) {
  uint64_t size = 0;
  return ioctl(device, BLKGETSIZE64, &size) == 0 ? (int64_t)size : -1;
}
