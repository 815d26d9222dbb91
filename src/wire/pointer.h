/* JSON Pointer, one step at a time, in the caller's bytes.
 *
 *   pointer = *( "/" token )                 "" is the whole document, "/" its member with the empty name
 *   token   = *( unescaped / "~0" / "~1" )   for "~" and "/"; no other "~" is allowed
 *
 * Shape:   rest = pointer; while (pointer_step(&rest, &token) == POINTER_TOKEN) { ... }
 * Memory:  token and rest are parts of the caller's bytes. Nothing is copied, kept or wiped.
 * Source:  RFC 6901 sections 3, 4 and 5.
 */
#ifndef AZFOB_WIRE_POINTER_H
#define AZFOB_WIRE_POINTER_H

#include "wire/json.h"

enum pointer { POINTER_TOKEN, POINTER_END, POINTER_BAD };

/* Takes the first token, still escaped, off *rest. POINTER_BAD: no "/" where one must be, or a wrong "~"; *rest still
 * starts at the fault, so that a message can quote it. */
enum pointer pointer_step(slice *rest, slice *token);

/* Does this token name this member? `name` is the member's name after JSON unescaping. */
bool pointer_names(slice token, slice name);

/* Is every step of the pointer well formed? */
bool pointer_check(slice pointer);

/* Follows the pointer into a checked JSON value. Array indexes: "0" or digits without a leading zero; "-" names
 * nothing. JSON_TWICE where an object on the way has the name twice. *value is untouched unless JSON_OK. */
enum json pointer_find(slice root, slice pointer, slice *value);

#endif
