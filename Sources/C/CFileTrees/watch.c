#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fanotify.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cfiletrees.h"

int cfiletrees_fanotify_open(int directory) {
    unsigned flags = FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_REPORT_DFID_NAME;
    int group = (int)syscall(SYS_fanotify_init, flags, O_RDONLY | O_CLOEXEC);
    if (group < 0) return -errno;
    uint64_t mask = FAN_MODIFY | FAN_CLOSE_WRITE | FAN_ATTRIB | FAN_CREATE | FAN_DELETE | FAN_RENAME | FAN_ONDIR;
    if (syscall(SYS_fanotify_mark, group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, mask, directory, NULL) < 0) {
        int reason = errno;
        close(group);
        return -reason;
    }
    return group;
}

static uint64_t fanotify_mask(uint64_t mask) {
    return (mask & FAN_MODIFY ? CFILETREES_MODIFIED : 0) | (mask & FAN_CLOSE_WRITE ? CFILETREES_CLOSED : 0) |
           (mask & FAN_ATTRIB ? CFILETREES_ATTRIBUTES : 0) | (mask & FAN_CREATE ? CFILETREES_CREATED : 0) |
           (mask & FAN_DELETE ? CFILETREES_DELETED : 0) | (mask & FAN_RENAME ? CFILETREES_RENAMED : 0) |
           (mask & FAN_ONDIR ? CFILETREES_DIRECTORY : 0) | (mask & FAN_Q_OVERFLOW ? CFILETREES_OVERFLOW : 0);
}

// Reads one record: the id of a directory, and a name in it that ends with a zero.
static void take_record(const uint8_t *record, size_t length, cfiletrees_event *event) {
    const size_t header = sizeof(struct fanotify_event_info_fid);
    struct file_handle sizes;
    if (length < header + sizeof sizes) return;
    uint8_t kind = record[0];
    memcpy(&sizes, record + header, sizeof sizes);
    size_t handle_length = sizeof sizes + sizes.handle_bytes;
    if (handle_length > length - header) return;
    const uint8_t *handle = record + header;
    const char *name = (const char *)handle + handle_length;
    size_t name_length = strnlen(name, length - header - handle_length);
    // A dot is the directory itself.
    if (name_length == 1 && name[0] == '.') name_length = 0;
    if (kind == FAN_EVENT_INFO_TYPE_NEW_DFID_NAME) {
        event->new_handle = handle;
        event->new_handle_length = (uint32_t)handle_length;
        event->new_name = name;
        event->new_name_length = (uint32_t)name_length;
    } else if (kind == FAN_EVENT_INFO_TYPE_DFID_NAME || kind == FAN_EVENT_INFO_TYPE_OLD_DFID_NAME ||
               kind == FAN_EVENT_INFO_TYPE_DFID) {
        event->handle = handle;
        event->handle_length = (uint32_t)handle_length;
        event->name = name;
        event->name_length = (uint32_t)name_length;
    }
}

bool cfiletrees_fanotify_next(const void *buffer, size_t length, size_t *offset, cfiletrees_event *event) {
    struct fanotify_event_metadata metadata;
    if (length < *offset || length - *offset < sizeof metadata) return false;
    const uint8_t *start = (const uint8_t *)buffer + *offset;
    memcpy(&metadata, start, sizeof metadata);
    if (metadata.event_len < sizeof metadata || metadata.event_len > length - *offset) return false;
    *event = (cfiletrees_event){.mask = fanotify_mask(metadata.mask), .watch = -1};
    if (metadata.fd >= 0) close(metadata.fd);
    size_t at = metadata.metadata_len;
    while (at <= metadata.event_len && metadata.event_len - at >= sizeof(struct fanotify_event_info_header)) {
        struct fanotify_event_info_header header;
        memcpy(&header, start + at, sizeof header);
        if (header.len < sizeof header || header.len > metadata.event_len - at) break;
        take_record(start + at, header.len, event);
        at += header.len;
    }
    *offset += metadata.event_len;
    return true;
}

int cfiletrees_inotify_open(void) {
    int descriptor = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

int cfiletrees_inotify_watch(int descriptor, int directory) {
    char path[32];
    // The descriptor's own directory, wherever it has been moved to.
    snprintf(path, sizeof path, "/proc/self/fd/%d", directory);
    uint32_t mask = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                    IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;
    int watch = inotify_add_watch(descriptor, path, mask);
    return watch < 0 ? -errno : watch;
}

void cfiletrees_inotify_forget(int descriptor, int watch) { inotify_rm_watch(descriptor, watch); }

static uint64_t inotify_mask(uint32_t mask) {
    return (mask & IN_MODIFY ? CFILETREES_MODIFIED : 0) | (mask & IN_CLOSE_WRITE ? CFILETREES_CLOSED : 0) |
           (mask & IN_ATTRIB ? CFILETREES_ATTRIBUTES : 0) | (mask & IN_CREATE ? CFILETREES_CREATED : 0) |
           (mask & IN_DELETE ? CFILETREES_DELETED : 0) | (mask & IN_MOVED_FROM ? CFILETREES_MOVED_FROM : 0) |
           (mask & IN_MOVED_TO ? CFILETREES_MOVED_TO : 0) | (mask & IN_ISDIR ? CFILETREES_DIRECTORY : 0) |
           (mask & IN_Q_OVERFLOW ? CFILETREES_OVERFLOW : 0) |
           (mask & (IN_DELETE_SELF | IN_UNMOUNT | IN_IGNORED) ? CFILETREES_GONE : 0);
}

bool cfiletrees_inotify_next(const void *buffer, size_t length, size_t *offset, cfiletrees_event *event) {
    struct inotify_event header;
    if (length < *offset || length - *offset < sizeof header) return false;
    const uint8_t *start = (const uint8_t *)buffer + *offset;
    memcpy(&header, start, sizeof header);
    if (header.len > length - *offset - sizeof header) return false;
    const char *name = (const char *)start + sizeof header;
    *event = (cfiletrees_event){
        .mask = inotify_mask(header.mask),
        .watch = header.wd,
        .cookie = header.cookie,
        .name = name,
        .name_length = (uint32_t)strnlen(name, header.len),
    };
    *offset += sizeof header + header.len;
    return true;
}

int cfiletrees_path_of_handle(int file_system, const uint8_t *handle, uint32_t length, char *path, size_t size) {
    union {
        struct file_handle handle;
        uint8_t bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
    } copy;
    if (length > sizeof copy) return -EINVAL;
    memcpy(copy.bytes, handle, length);
    int descriptor = open_by_handle_at(file_system, &copy.handle, O_PATH | O_CLOEXEC | O_DIRECTORY);
    if (descriptor < 0) return -errno;
    cfiletrees_status status;
    int result = cfiletrees_stat(descriptor, NULL, &status);
    // One that was removed and is still open somewhere has no path any more.
    if (result == 0) result = status.links == 0 ? -ESTALE : cfiletrees_path_of(descriptor, path, size);
    close(descriptor);
    return result;
}
