#define _GNU_SOURCE
#include "cfiletrees.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

int cfiletrees_open(int directory, const char *path, int flags, uint32_t mode) {
    struct open_how how = {
        .flags = (uint64_t)flags | O_CLOEXEC,
        .mode = mode,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    long result;
    // Something on the way was renamed meanwhile: the system cannot say whether the path stayed inside.
    int attempts = 0;
    do {
        result = syscall(SYS_openat2, directory, path, &how, sizeof how);
    } while (result < 0 && (errno == EINTR || (errno == EAGAIN && ++attempts < 16)));
    return result < 0 ? -errno : (int)result;
}

static int64_t nanoseconds(struct statx_timestamp time) {
    int64_t result;
    if (__builtin_mul_overflow(time.tv_sec, (int64_t)1000000000, &result)) return 0;
    if (__builtin_add_overflow(result, (int64_t)time.tv_nsec, &result)) return 0;
    return result;
}

int cfiletrees_stat(int descriptor, const char *name, cfiletrees_status *status) {
    struct statx found;
    int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (name ? 0 : AT_EMPTY_PATH);
    if (statx(descriptor, name ? name : "", flags, STATX_BASIC_STATS, &found) < 0) return -errno;
    *status = (cfiletrees_status){
        .inode = found.stx_ino,
        .device = makedev(found.stx_dev_major, found.stx_dev_minor),
        .size = found.stx_size,
        .blocks = found.stx_blocks,
        .modified = nanoseconds(found.stx_mtime),
        .changed = nanoseconds(found.stx_ctime),
        .mode = found.stx_mode,
        .owner = found.stx_uid,
        .group = found.stx_gid,
        .links = found.stx_nlink,
    };
    return 0;
}

cfiletrees_listing *cfiletrees_list(int directory) {
    // A description of its own: the caller's may be at any place of the directory.
    int own = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (own < 0) return NULL;
    DIR *stream = fdopendir(own);
    if (!stream) {
        int reason = errno;
        close(own);
        errno = reason;
    }
    return (cfiletrees_listing *)stream;
}

void cfiletrees_list_end(cfiletrees_listing *listing) { closedir((DIR *)listing); }

int cfiletrees_list_next(cfiletrees_listing *listing, const char **name) {
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir((DIR *)listing);
        if (!entry) return -errno;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        *name = entry->d_name;
        return (int)strlen(entry->d_name);
    }
}

int cfiletrees_rename(int from, const char *name, int to, const char *new_name, int taken) {
    static const unsigned flags[] = {0, RENAME_NOREPLACE, RENAME_EXCHANGE};
    return renameat2(from, name, to, new_name, flags[taken]) < 0 ? -errno : 0;
}

int cfiletrees_attribute_names(int descriptor, void *names, size_t size) {
    ssize_t result = flistxattr(descriptor, names, size);
    return result < 0 ? -errno : (int)result;
}

int cfiletrees_attribute(int descriptor, const char *name, void *value, size_t size) {
    ssize_t result = fgetxattr(descriptor, name, value, size);
    return result < 0 ? -errno : (int)result;
}

int cfiletrees_set_attribute(int descriptor, const char *name, const void *value, size_t size) {
    return fsetxattr(descriptor, name, value, size, 0) < 0 ? -errno : 0;
}

int cfiletrees_remove_attribute(int descriptor, const char *name) {
    return fremovexattr(descriptor, name) < 0 ? -errno : 0;
}

static struct timespec timespec_of(int64_t nanoseconds) {
    int64_t seconds = nanoseconds / 1000000000, rest = nanoseconds % 1000000000;
    if (rest < 0) {
        seconds -= 1;
        rest += 1000000000;
    }
    return (struct timespec){.tv_sec = seconds, .tv_nsec = rest};
}

int cfiletrees_set_modified(int descriptor, int64_t nanoseconds) {
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, timespec_of(nanoseconds)};
    return futimens(descriptor, times) < 0 ? -errno : 0;
}

int cfiletrees_set_modified_of(int directory, const char *name, int64_t nanoseconds) {
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, timespec_of(nanoseconds)};
    return utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

int64_t cfiletrees_next_hole(int descriptor, int64_t offset) {
    off_t result = lseek(descriptor, offset, SEEK_HOLE);
    return result < 0 ? -errno : result;
}

int64_t cfiletrees_next_data(int descriptor, int64_t offset) {
    off_t result = lseek(descriptor, offset, SEEK_DATA);
    return result < 0 ? -errno : result;
}

int64_t cfiletrees_copy(int from, int64_t offset, int to, int64_t new_offset, size_t count) {
    off_t read_at = offset, write_at = new_offset;
    ssize_t result = copy_file_range(from, &read_at, to, &write_at, count, 0);
    return result < 0 ? -errno : result;
}

void cfiletrees_begin_writing(int descriptor) { sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE); }

int cfiletrees_synchronize_all(int descriptor) { return syncfs(descriptor) < 0 ? -errno : 0; }

int cfiletrees_space(int descriptor, uint64_t *available, bool *is_read_only) {
    struct statvfs found;
    if (fstatvfs(descriptor, &found) < 0) return -errno;
    if (__builtin_mul_overflow((uint64_t)found.f_bavail, (uint64_t)found.f_frsize, available)) *available = UINT64_MAX;
    *is_read_only = (found.f_flag & ST_RDONLY) != 0;
    return 0;
}

int cfiletrees_path_of(int descriptor, char *path, size_t size) {
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, size);
    if (length < 0) return -errno;
    return (size_t)length < size ? (int)length : -ENAMETOOLONG;
}
