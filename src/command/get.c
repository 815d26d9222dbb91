/* get REF... */
#include "command/table.h"
