// libsndfile: reading and writing of sound files. Imported by MediaEngine alone.
#ifndef CSNDFILE_SHIM_H
#define CSNDFILE_SHIM_H
#include <sndfile.h>
#endif
