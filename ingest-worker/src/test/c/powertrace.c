/*
 * Records every change that a process makes to the files of one directory, in order. Loaded with
 * LD_PRELOAD by PowerCutIT, whose class DiskTrace reads the records.
 *
 * POWERTRACE_PREFIX: paths that begin with it are recorded. POWERTRACE_FILE: where the records go.
 *
 * A record: the operation in one byte, the file descriptor in 4 bytes, an offset or flags in 8, the
 * length of the data in 4, and the data; all little-endian. Nothing is synced: the simulation decides
 * what survives. A sync takes a moment instead, so that other threads write meanwhile.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPEN = 'o', WRITE = 'w', TRUNCATE = 't', SYNC_BEGIN = 's', SYNC_END = 'S',
       RENAME = 'r', UNLINK = 'u', CLOSE = 'c' };

#define MAX_FD 4096
#define SYNC_MICROS 300

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char tracked[MAX_FD];
static int trace = -1;

static void fail(void) { _exit(97); }

static void raw(const void *data, size_t length) {
  const char *at = data;
  while (length > 0) {
    long written = syscall(SYS_write, trace, at, length);
    if (written <= 0) fail();
    at += written;
    length -= written;
  }
}

static void put(char op, int fd, uint64_t offset, const void *data, size_t length) {
  unsigned char header[17];
  uint32_t fd32 = (uint32_t) fd, length32 = (uint32_t) length;
  header[0] = (unsigned char) op;
  memcpy(header + 1, &fd32, 4);
  memcpy(header + 5, &offset, 8);
  memcpy(header + 13, &length32, 4);
  raw(header, sizeof header);
  raw(data, length);
}

static int is_tracked_path(const char *path) {
  static const char *prefix;
  if (!prefix) prefix = getenv("POWERTRACE_PREFIX");
  return prefix && path && strncmp(path, prefix, strlen(prefix)) == 0;
}

static int is_tracked(int fd) { return fd >= 0 && fd < MAX_FD && tracked[fd]; }

static void begin(void) {
  pthread_mutex_lock(&lock);
  if (trace < 0) {
    const char *file = getenv("POWERTRACE_FILE");
    if (!file) fail();
    trace = (int) syscall(SYS_openat, AT_FDCWD, file, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    if (trace < 0) fail();
  }
}

static void end(void) { pthread_mutex_unlock(&lock); }

static int traced_open(const char *path, int flags, mode_t mode) {
  if (!is_tracked_path(path)) return (int) syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  begin();
  int fd = (int) syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  int error = errno;
  if (fd >= MAX_FD) fail();
  if (fd >= 0) {
    tracked[fd] = 1;
    put(OPEN, fd, (flags & O_TRUNC) ? 1 : 0, path, strlen(path));
  }
  end();
  errno = error;
  return fd;
}

static mode_t mode_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) ? va_arg(arguments, mode_t) : 0;
}

int open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return traced_open(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return traced_open(path, flags | O_LARGEFILE, mode);
}

ssize_t write(int fd, const void *data, size_t length) {
  if (!is_tracked(fd)) return syscall(SYS_write, fd, data, length);
  begin();
  off_t offset = lseek(fd, 0, SEEK_CUR);
  ssize_t written = syscall(SYS_write, fd, data, length);
  int error = errno;
  if (written > 0) put(WRITE, fd, (uint64_t) offset, data, (size_t) written);
  end();
  errno = error;
  return written;
}

static ssize_t traced_pwrite(int fd, const void *data, size_t length, off_t offset) {
  if (!is_tracked(fd)) return syscall(SYS_pwrite64, fd, data, length, offset);
  begin();
  ssize_t written = syscall(SYS_pwrite64, fd, data, length, offset);
  int error = errno;
  if (written > 0) put(WRITE, fd, (uint64_t) offset, data, (size_t) written);
  end();
  errno = error;
  return written;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) {
  return traced_pwrite(fd, data, length, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
  return traced_pwrite(fd, data, length, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (is_tracked(fd)) return count > 0 ? write(fd, parts[0].iov_base, parts[0].iov_len) : 0;
  return syscall(SYS_writev, fd, parts, count);
}

static int traced_truncate(int fd, off_t size) {
  if (!is_tracked(fd)) return (int) syscall(SYS_ftruncate, fd, size);
  begin();
  int result = (int) syscall(SYS_ftruncate, fd, size);
  int error = errno;
  if (result == 0) put(TRUNCATE, fd, (uint64_t) size, "", 0);
  end();
  errno = error;
  return result;
}

int ftruncate(int fd, off_t size) { return traced_truncate(fd, size); }

int ftruncate64(int fd, off64_t size) { return traced_truncate(fd, size); }

static int traced_sync(int fd, long call) {
  if (!is_tracked(fd)) return (int) syscall(call, fd);
  begin();
  put(SYNC_BEGIN, fd, 0, "", 0);
  end();
  usleep(SYNC_MICROS);
  begin();
  put(SYNC_END, fd, 0, "", 0);
  end();
  return 0;
}

int fsync(int fd) { return traced_sync(fd, SYS_fsync); }

int fdatasync(int fd) { return traced_sync(fd, SYS_fdatasync); }

int rename(const char *from, const char *to) {
  if (!is_tracked_path(from)) return (int) syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
  begin();
  int result = (int) syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
  int error = errno;
  if (result == 0) {
    size_t first = strlen(from) + 1, second = strlen(to);
    char *both = malloc(first + second);
    if (!both) fail();
    memcpy(both, from, first);
    memcpy(both + first, to, second);
    put(RENAME, -1, 0, both, first + second);
    free(both);
  }
  end();
  errno = error;
  return result;
}

int unlink(const char *path) {
  if (!is_tracked_path(path)) return (int) syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  begin();
  int result = (int) syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  int error = errno;
  if (result == 0) put(UNLINK, -1, 0, path, strlen(path));
  end();
  errno = error;
  return result;
}

/* A second name would escape the trace; RocksDB copies the file if linking is not possible. */
int link(const char *from, const char *to) {
  if (is_tracked_path(from)) {
    errno = ENOTSUP;
    return -1;
  }
  return (int) syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int close(int fd) {
  if (!is_tracked(fd)) return (int) syscall(SYS_close, fd);
  begin();
  tracked[fd] = 0;
  put(CLOSE, fd, 0, "", 0);
  int result = (int) syscall(SYS_close, fd);
  int error = errno;
  end();
  errno = error;
  return result;
}
