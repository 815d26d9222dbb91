/* What check says: one line for each thing that was looked at, as soon as it is known.
 *
 *   text   "ok    WHAT: TEXT", "warn  WHAT: TEXT", "FAIL  WHAT: WHY; WHAT TO DO"
 *   json   an array of {"state":"ok"/"warn"/"fail","what":WHAT,"text":TEXT}
 *
 * Shape:   a zeroed report with json and quiet set; report_say and report_failure; report_end once.
 * Errors:  a failure that was told in the same words already is not told again. report_end gives the first one; standard
 *          output that cannot be written to is one too.
 */
#ifndef AZFOB_COMMAND_REPORT_H
#define AZFOB_COMMAND_REPORT_H

#include "base/err.h"

enum { REPORT_FAILURES_MAX = 32 };
enum report_state { REPORT_OK, REPORT_WARN, REPORT_FAIL };

struct report {
    bool json, quiet; /* quiet: failures only */
    /* private */
    size_t lines;
    struct failure failure[REPORT_FAILURES_MAX];
    size_t failures;
    struct failure output;
};

void report_say(struct report *report, enum report_state state, slice what, slice text);
void report_failure(struct report *report, slice what, err e);
err report_end(struct report *report);

#endif
