// Landlock (landlock(7)), since Linux 5.13.
#ifndef CLINUX_CONFINE_H
#define CLINUX_CONFINE_H

// From here on this process and what it starts reach below `place`, where they may read, write and make files and directories,
// and remove, rename and link nothing; they run what the system has, read /etc, and reach no other file. What is open stays
// open. 0; 1 where the kernel has no Landlock or it is off; or -1 with errno.
int imprint_confine(const char *place);

#endif
