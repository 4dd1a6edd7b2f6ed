// libmariadb: MariaDB's own client. Imported by Database alone.
#ifndef CMARIADB_SHIM_H
#define CMARIADB_SHIM_H
#include <mysql.h>
#endif
