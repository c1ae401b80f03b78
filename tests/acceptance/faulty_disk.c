/* Put before the C library (LD_PRELOAD): a disk that is full, or whose writes cannot be made sure of.

   FAULTY_STATE names a file of two numbers that test and processes share: what is wrong (1: full, 2: syncing fails),
   and how many bytes files may still grow by. FAULTY_PATH is a part of the paths that this holds for. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FULL = 1, UNSYNCED = 2 };

static volatile long *state(void) {
    static volatile long *shared;
    const char *name = getenv("FAULTY_STATE");
    if (!shared && name) {
        int fd = open(name, O_RDWR);
        void *found = fd < 0 ? MAP_FAILED : mmap(NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (fd >= 0) close(fd);
        if (found != MAP_FAILED) shared = found;
    }
    return shared;
}

static int wrong(int what) { return state() && (state()[0] & what); }

static int concerns(const char *path) {
    const char *part = getenv("FAULTY_PATH");
    return part && strstr(path, part) != NULL;
}

static int concerns_file(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return concerns(path);
}

/* Say whether a file may reach to `end`; what it grows by is taken from what is left. */
static int fits(int fd, off_t end) {
    struct stat file;
    if (!wrong(FULL) || !concerns_file(fd) || fstat(fd, &file) || end <= file.st_size) return 1;
    long more = end - file.st_size;
    if (__sync_fetch_and_sub(&state()[1], more) >= more) return 1;
    __sync_fetch_and_add(&state()[1], more);
    errno = ENOSPC;
    return 0;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static off_t total(const struct iovec *parts, int count) {
    off_t sum = 0;
    for (int i = 0; i < count; i++) sum += parts[i].iov_len;
    return sum;
}

ssize_t write(int fd, const void *data, size_t size) {
    if (wrong(FULL) && !fits(fd, lseek(fd, 0, SEEK_CUR) + size)) return -1;
    return REAL(write)(fd, data, size);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    return fits(fd, at + size) ? REAL(pwrite)(fd, data, size, at) : -1;
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    return fits(fd, at + size) ? REAL(pwrite64)(fd, data, size, at) : -1;
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
    return fits(fd, at + total(parts, count)) ? REAL(pwritev)(fd, parts, count, at) : -1;
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
    return fits(fd, at + total(parts, count)) ? REAL(pwritev64)(fd, parts, count, at) : -1;
}
int posix_fallocate(int fd, off_t at, off_t size) {
    return fits(fd, at + size) ? REAL(posix_fallocate)(fd, at, size) : ENOSPC;
}
int posix_fallocate64(int fd, off64_t at, off64_t size) {
    return fits(fd, at + size) ? REAL(posix_fallocate64)(fd, at, size) : ENOSPC;
}

int fsync(int fd) {
    if (wrong(UNSYNCED) && concerns_file(fd)) return errno = EIO, -1;
    return REAL(fsync)(fd);
}
int fdatasync(int fd) {
    if (wrong(UNSYNCED) && concerns_file(fd)) return errno = EIO, -1;
    return REAL(fdatasync)(fd);
}

int statvfs(const char *path, struct statvfs *disk) {
    int result = REAL(statvfs)(path, disk);
    if (!result && wrong(FULL)) disk->f_bfree = disk->f_bavail = state()[1] / disk->f_frsize;
    return result;
}
int statvfs64(const char *path, struct statvfs64 *disk) {
    int result = REAL(statvfs64)(path, disk);
    if (!result && wrong(FULL)) disk->f_bfree = disk->f_bavail = state()[1] / disk->f_frsize;
    return result;
}

int unlink(const char *path) {
    struct stat file;
    int known = wrong(FULL) && concerns(path) && !stat(path, &file);
    int result = REAL(unlink)(path);
    if (!result && known) __sync_fetch_and_add(&state()[1], file.st_size);
    return result;
}
