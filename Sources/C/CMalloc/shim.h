// The settings of the C library's allocator, which its Swift module leaves out. Imported by tandem alone.
#ifndef CMALLOC_SHIM_H
#define CMALLOC_SHIM_H
#include <malloc.h>
#endif
