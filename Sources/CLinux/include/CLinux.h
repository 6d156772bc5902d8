// System calls that Swift's Glibc module lacks or makes awkward (variadics, feature macros, packed tuples).
// Each is one call; each returns what the call returns and leaves errno as the call left it.
#ifndef CLINUX_H
#define CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "Confine.h"
#include "Copy.h"
#include "Mount.h"
#include "Network.h"

// What fstatat(2) says, in plain fields.
struct imprint_status {
  uint64_t device, inode, links, size;
  uint32_t mode, owner, group;
  int64_t modified_seconds, modified_nanoseconds, changed_seconds, changed_nanoseconds;
};

int imprint_open_root(const char *path);
// One path component, never followed: O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC.
int imprint_open_directory(int directory, const char *name);
// The same of a component that these bytes are, without a NUL.
int imprint_open_component(int directory, const void *name, size_t length);
// For reading a directory's entries, and for syncfs: an O_PATH descriptor can do neither.
int imprint_reopen_directory(int directory);
// O_RDONLY, never followed, never blocking (a FIFO), never a controlling terminal.
int imprint_open_read(int directory, const char *name);
// O_WRONLY | O_CREAT | O_EXCL, mode 0600.
int imprint_create(int directory, const char *name);
int imprint_open_write(int directory, const char *name, int append);
int imprint_status_at(int directory, const char *name, struct imprint_status *out);
int imprint_status_of(int descriptor, struct imprint_status *out);
ssize_t imprint_read_link(int directory, const char *name, char *buffer, size_t size);

int imprint_make_directory(int directory, const char *name, uint32_t mode);
int imprint_link(int from, const char *from_name, int to, const char *to_name);
int imprint_rename(int from, const char *from_name, int to, const char *to_name);
int imprint_unlink(int directory, const char *name, int is_directory);
int imprint_symlink(const char *target, int directory, const char *name);
int imprint_set_mode(int descriptor, uint32_t mode);
int imprint_set_owner(int descriptor, uint32_t owner, uint32_t group);
int imprint_sync_filesystem(int descriptor);
int imprint_sync_data(int descriptor);
int imprint_lock(int descriptor, int wait, int shared);

ssize_t imprint_list_attributes(int descriptor, char *buffer, size_t size);
ssize_t imprint_get_attribute(int descriptor, const char *name, void *buffer, size_t size);
int imprint_set_attribute(int descriptor, const char *name, const void *value, size_t size);
int imprint_remove_attribute(int descriptor, const char *name);

// FS_IOC_GETFLAGS: 1 immutable or append-only, 0 not, -1 unknown here.
int imprint_is_immutable(int directory, const char *name);
// Whether what stands there can be read and lies where files can be changed (open(2), fstatvfs(3)): 0, or -1 with errno, which is
// EROFS for a mount that is read-only. Never followed.
int imprint_check_source(int directory, const char *name);
// Whether somebody has a file open for writing, or that cannot be told (a read lease is given only where nobody has: F_SETLEASE in
// fcntl(2)): 1, or 0, also for what we may not read. SIGIO is ignored from then on.
int imprint_is_being_written(int directory, const char *name);
// Whether who runs this may make and take away names in a directory (faccessat(2)): 0, or -1 with errno.
int imprint_check_names(int directory);

// getrandom(2); where the kernel has none, /dev/urandom, which must be that character device. 0, or -1 with errno.
int imprint_random(void *buffer, size_t size);

// The label that the SELinux policy below `directory` (contexts/files) has for `path`, from the host's libselinux, loaded
// only when it is asked for (selabel_open(3)). Its length, or -1 where there is no library, no policy or no label.
ssize_t imprint_label(int directory, const char *path, uint32_t mode, char *buffer, size_t size);

// Starts a program by its absolute path, with nothing on standard input, standard output thrown away, and standard error
// in a new file. Signals are as by default. Its process id, or -1 with errno (posix_spawn(3)).
pid_t imprint_spawn(const char *program, char *const arguments[], char *const environment[], const char *errors);
// Waits for it: its exit status, 128 and the signal's number where one ended it, or -1 with errno.
int imprint_wait(pid_t process);
// A pipe: its reading end never blocks; its writing end is a program's, and does.
int imprint_pipe(int ends[2]);
// A program's standard input, first, and our end of it, which never blocks: sockets, so that writing to a program that reads no
// more is an error and no signal (MSG_NOSIGNAL in send(2)).
int imprint_input(int ends[2]);
// Starts a program by its absolute path in a process group of its own, with what it reads and writes; -1 is nothing:
// it reads an end, or its words are thrown away. Its process id, or -1 with errno.
pid_t imprint_start(
  const char *program, char *const arguments[], char *const environment[], int input, int output, int errors);
// A descriptor that can be read when the child has ended: pidfd_open(2), and before Linux 5.3 an eventfd that a thread writes
// to. The child is still to be waited for. -1 with errno.
int imprint_watch_exit(pid_t process);

// The next entries of a directory but `.` and `..`, as many as fit: for each a byte of d_type with its highest bit set, then
// the name and a NUL. The bytes of them all; 0 at the end; -1 with errno. getdents64(2), since readdir(3) costs four calls
// and 32 KB more.
ssize_t imprint_read_entries(int descriptor, void *buffer, size_t size);

// eventfd(2): a descriptor that one thread makes readable and another waits on.
int imprint_event(void);
void imprint_event_signal(int event);
void imprint_event_clear(int event);

// inotify(7): a descriptor that becomes readable when the directory or file at `path` is written to, or -1.
int imprint_watch(const char *path);
void imprint_watch_clear(int watch);

// Once, at the start of a program of a few milliseconds: lets malloc(3) ask the kernel for memory once and keep it, in huge
// pages where there are any. What the kernel makes page by page is what costs most of a copy of nova.conf.
void imprint_prepare_memory(void);

int imprint_errno(void);

#endif
