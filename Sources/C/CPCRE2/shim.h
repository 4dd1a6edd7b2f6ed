#ifndef TANDEM_CPCRE2_SHIM_H
#define TANDEM_CPCRE2_SHIM_H

// The library has one interface per width of a character; ours is bytes.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#endif
