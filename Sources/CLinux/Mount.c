#define _GNU_SOURCE
#include "Mount.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

// The numbers are the same on every architecture (include/uapi/asm-generic/unistd.h); glibc has names for them since 2.36.
enum { fsopen_call = 430, fsconfig_call = 431, fsmount_call = 432 };
enum { close_on_exec = 1, set_flag = 0, set_string = 1, create = 6, only_read = 1, no_setid = 2, no_device = 4, no_program = 8 };

static int mount_nowhere(const char *device, const char *type) {
  int context = (int)syscall(fsopen_call, type, close_on_exec);
  if (context < 0) return -1;
  int mount = -1;
  if (syscall(fsconfig_call, context, set_string, "source", device, 0) == 0 &&
      syscall(fsconfig_call, context, set_flag, "ro", NULL, 0) == 0 &&
      syscall(fsconfig_call, context, create, NULL, NULL, 0) == 0)
    mount = (int)syscall(fsmount_call, context, close_on_exec, only_read | no_setid | no_device | no_program);
  int reason = errno;
  close(context);
  errno = reason;
  return mount;
}

struct aside {
  const char *device, *type;
  int root, reason;
};

// Over /run, which every machine has: only this thread sees it.
static void *mount_in_own_namespace(void *argument) {
  struct aside *aside = argument;
  unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
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

int imprint_mount_aside(const char *device, const char *type) {
  int root = mount_nowhere(device, type);
  if (root >= 0 || errno != ENOSYS) return root;
  struct aside aside = {device, type, -1, 0};
  pthread_t thread;
  int reason = pthread_create(&thread, NULL, mount_in_own_namespace, &aside);
  if (reason == 0) pthread_join(thread, NULL);
  else aside.reason = reason;
  errno = aside.reason;
  return aside.root;
}
