#define _GNU_SOURCE
#include "Mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

// The numbers are the same on every architecture (include/uapi/asm-generic/unistd.h); glibc has names for them since 2.36.
enum { fsopen_call = 430, fsconfig_call = 431, fsmount_call = 432 };
enum { close_on_exec = 1, set_flag = 0, set_string = 1, create = 6, only_read = 1, no_setid = 2, no_device = 4, no_program = 8 };

static int mount_nowhere(const char *device, const char *type, int writable) {
  int context = (int)syscall(fsopen_call, type, close_on_exec);
  if (context < 0) return -1;
  int mount = -1;
  if (syscall(fsconfig_call, context, set_string, "source", device, 0) == 0 &&
      (writable || syscall(fsconfig_call, context, set_flag, "ro", NULL, 0) == 0) &&
      syscall(fsconfig_call, context, create, NULL, NULL, 0) == 0)
    mount = (int)syscall(fsmount_call, context, close_on_exec, (writable ? 0 : only_read) | no_setid | no_device | no_program);
  int reason = errno;
  close(context);
  errno = reason;
  return mount;
}

struct aside {
  const char *device, *type;
  int writable, root, reason;
};

// Over /run, which every machine has: only this thread sees it.
static void *mount_in_own_namespace(void *argument) {
  struct aside *aside = argument;
  unsigned long flags = (aside->writable ? 0 : MS_RDONLY) | MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
      mount(aside->device, "/run", aside->type, flags, NULL) == 0) {
    aside->root = open("/run", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    aside->reason = errno;
    umount2("/run", MNT_DETACH);
    return NULL;
  }
  aside->reason = errno;
  return NULL;
}

int imprint_mount_aside(const char *device, const char *type, int writable) {
  int root = mount_nowhere(device, type, writable);
  if (root >= 0 || errno != ENOSYS) return root;
  struct aside aside = {device, type, writable, -1, 0};
  pthread_t thread;
  int reason = pthread_create(&thread, NULL, mount_in_own_namespace, &aside);
  if (reason == 0) pthread_join(thread, NULL);
  else aside.reason = reason;
  errno = aside.reason;
  return aside.root;
}

int imprint_attach_loop(int file, uint64_t offset, uint64_t size, char *name, size_t length) {
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
    struct loop_info64 info = {.lo_offset = offset, .lo_sizelimit = size, .lo_flags = LO_FLAGS_AUTOCLEAR};
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

int64_t imprint_device_size(int device) {
  uint64_t size = 0;
  return ioctl(device, BLKGETSIZE64, &size) == 0 ? (int64_t)size : -1;
}
