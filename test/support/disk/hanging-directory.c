// Preloaded into a process: while the file HANG_WHILE is there, no call on anything below HANG_BELOW returns, as on a network
// file system whose server is away.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

typedef long (*syscall_t)(long, ...);

static syscall_t kernel(void) {
  static syscall_t found;
  return found ? found : (found = (syscall_t)dlsym(RTLD_NEXT, "syscall"));
}

static int is_hanging(void) {
  const char *file = getenv("HANG_WHILE");
  return file && kernel()(SYS_faccessat, AT_FDCWD, file, F_OK, 0) == 0;
}

static void wait_on_path(const char *path) {
  const char *below = getenv("HANG_BELOW");
  if (!below || !path || strncmp(path, below, strlen(below)) != 0) return;
  while (is_hanging()) nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

static void wait_on_file(int fd) {
  char link[64], path[4096];
  if (!is_hanging()) return;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  long length = kernel()(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  if (length <= 0) return;
  path[length] = 0;
  wait_on_path(path);
}

#define MODE mode_t mode = 0; va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more);
int open(const char *path, int flags, ...) { MODE wait_on_path(path); return REAL(open)(path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE wait_on_path(path); return REAL(open64)(path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE wait_on_path(path); return REAL(openat)(at, path, flags, mode); }
int access(const char *path, int mode) { wait_on_path(path); return REAL(access)(path, mode); }
int rename(const char *from, const char *to) { wait_on_path(from); return REAL(rename)(from, to); }
int unlink(const char *path) { wait_on_path(path); return REAL(unlink)(path); }
int unlinkat(int at, const char *path, int flags) { wait_on_path(path); return REAL(unlinkat)(at, path, flags); }
int mkdir(const char *path, mode_t mode) { wait_on_path(path); return REAL(mkdir)(path, mode); }
int stat(const char *path, struct stat *into) { wait_on_path(path); return REAL(stat)(path, into); }
int lstat(const char *path, struct stat *into) { wait_on_path(path); return REAL(lstat)(path, into); }
DIR *opendir(const char *path) { wait_on_path(path); return REAL(opendir)(path); }
int scandir64(const char *path, struct dirent64 ***names, int (*filter)(const struct dirent64 *),
              int (*compare)(const struct dirent64 **, const struct dirent64 **)) {
  wait_on_path(path);
  return REAL(scandir64)(path, names, filter, compare);
}
ssize_t write(int fd, const void *bytes, size_t length) { wait_on_file(fd); return REAL(write)(fd, bytes, length); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) { wait_on_file(fd); return REAL(pwrite64)(fd, bytes, length, at); }
ssize_t pread64(int fd, void *bytes, size_t length, off64_t at) { wait_on_file(fd); return REAL(pread64)(fd, bytes, length, at); }
int fsync(int fd) { wait_on_file(fd); return REAL(fsync)(fd); }
int fdatasync(int fd) { wait_on_file(fd); return REAL(fdatasync)(fd); }
int futimens(int fd, const struct timespec times[2]) { wait_on_file(fd); return REAL(futimens)(fd, times); }

long syscall(long number, ...) {
  long a[6];
  va_list more;
  va_start(more, number);
  for (int i = 0; i < 6; i += 1) a[i] = va_arg(more, long);
  va_end(more);
  if (number == SYS_statx) {
    const char *path = (const char *)a[1];
    if (path && *path) wait_on_path(path); else wait_on_file((int)a[0]);
  }
  return kernel()(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
