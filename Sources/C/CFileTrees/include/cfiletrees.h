// What folders ask of Linux that Swift's view of the C library leaves out: paths resolved beneath a directory, what a
// file is, extended attributes, and both ways to hear of changes. No policy lives here. Imported by FileTrees alone.
//
// Results are a count, a descriptor or 0, or a negative errno.
#ifndef CFILETREES_H
#define CFILETREES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Opens what a path names beneath a directory: no component may be a symbolic link, and none may lead out of the directory
// or onto another file system. The descriptor is not handed on to programs.
int cfiletrees_open(int directory, const char *path, int flags, uint32_t mode);

// What a file is.
typedef struct {
    uint64_t inode;
    uint64_t device;
    uint64_t size;
    uint64_t blocks; // of 512 bytes
    int64_t modified; // nanoseconds since 1970
    int64_t changed;  // likewise, of the inode
    uint32_t mode;    // with the kind of file
    uint32_t owner;
    uint32_t group;
    uint32_t links;
} cfiletrees_status;

// Of a name in a directory, which is not followed when it is a symbolic link; with a null name, of the descriptor.
int cfiletrees_stat(int descriptor, const char *name, cfiletrees_status *status);

// The names in a directory. The descriptor stays the caller's.
typedef struct cfiletrees_listing cfiletrees_listing;
// Null with errno.
cfiletrees_listing *cfiletrees_list(int directory);
void cfiletrees_list_end(cfiletrees_listing *listing);
// The length of the next name, 0 at the end. The name is good until the next call.
int cfiletrees_list_next(cfiletrees_listing *listing, const char **name);

// What may happen at a rename when the new name is taken.
enum { CFILETREES_REPLACE = 0, CFILETREES_KEEP = 1, CFILETREES_EXCHANGE = 2 };
int cfiletrees_rename(int from, const char *name, int to, const char *new_name, int taken);

// Extended attributes of an open file.
int cfiletrees_attribute_names(int descriptor, void *names, size_t size);
int cfiletrees_attribute(int descriptor, const char *name, void *value, size_t size);
int cfiletrees_set_attribute(int descriptor, const char *name, const void *value, size_t size);
int cfiletrees_remove_attribute(int descriptor, const char *name);

int cfiletrees_set_modified(int descriptor, int64_t nanoseconds);
// Likewise of a name, which is not followed when it is a symbolic link.
int cfiletrees_set_modified_of(int directory, const char *name, int64_t nanoseconds);

// The next hole at or after an offset, and the next bytes that are no hole.
int64_t cfiletrees_next_hole(int descriptor, int64_t offset);
int64_t cfiletrees_next_data(int descriptor, int64_t offset);
// Copies within the kernel; how many bytes.
int64_t cfiletrees_copy(int from, int64_t offset, int to, int64_t new_offset, size_t count);

// Has the disk begin with what was written, without waiting.
void cfiletrees_begin_writing(int descriptor);
// Waits until all of a file system is on the disk: 0, or a negative error number.
int cfiletrees_synchronize_all(int descriptor);

// Bytes that can be written to the file system of a descriptor, and whether it takes none at all.
int cfiletrees_space(int descriptor, uint64_t *available, bool *is_read_only);

// One event of either way to watch. The names are good until the next read.
typedef struct {
    uint64_t mask;         // CFILETREES_…
    int32_t watch;         // inotify's number of the directory
    uint32_t cookie;       // inotify's number of a rename; 0 without
    const uint8_t *handle; // fanotify's id of the directory
    uint32_t handle_length;
    const char *name;      // in the directory; empty for the directory itself
    uint32_t name_length;
    const uint8_t *new_handle; // of a rename, where it goes
    uint32_t new_handle_length;
    const char *new_name;
    uint32_t new_name_length;
} cfiletrees_event;

enum {
    CFILETREES_MODIFIED = 1,
    CFILETREES_CLOSED = 2,
    CFILETREES_ATTRIBUTES = 4,
    CFILETREES_CREATED = 8,
    CFILETREES_DELETED = 16,
    CFILETREES_MOVED_FROM = 32,
    CFILETREES_MOVED_TO = 64,
    CFILETREES_RENAMED = 128,
    CFILETREES_DIRECTORY = 256,
    CFILETREES_OVERFLOW = 512,
    CFILETREES_GONE = 1024, // the watched directory itself, or its watch
};

// One mark for the whole file system of a directory. Needs CAP_SYS_ADMIN and Linux 5.17.
int cfiletrees_fanotify_open(int directory);
// A watch for each directory.
int cfiletrees_inotify_open(void);
int cfiletrees_inotify_watch(int descriptor, int directory);
void cfiletrees_inotify_forget(int descriptor, int watch);

// Takes apart what was read from either; the offset moves on. False at the end.
bool cfiletrees_fanotify_next(const void *buffer, size_t length, size_t *offset, cfiletrees_event *event);
bool cfiletrees_inotify_next(const void *buffer, size_t length, size_t *offset, cfiletrees_event *event);

// The absolute path of the directory with an id; its length. ESTALE when it is gone.
int cfiletrees_path_of_handle(int file_system, const uint8_t *handle, uint32_t length, char *path, size_t size);
// The absolute path of a descriptor.
int cfiletrees_path_of(int descriptor, char *path, size_t size);

#endif
