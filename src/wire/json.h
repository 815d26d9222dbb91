/* JSON: checked whole first, then looked into where it stands. No tree, no copy, no recursion.
 *
 * json_check accepts exactly RFC 8259: strict UTF-8 (no surrogates, no overlong forms), every escape, \u surrogates only
 * in pairs, no leading zeros, nothing after the value but white space, depth at most JSON_DEPTH_MAX. One leading byte
 * order mark is passed over (section 8.1 allows it; a recorded answer has one). All other functions take texts that
 * it accepted, or parts of these that they gave; for any other bytes they still end, inside the bytes given.
 *
 * Shape:   slice root; json_check(text, &root, &fault) ... json_member(root, S("value"), &v) ... json_unescape(v, &out)
 * Memory:  slices are parts of the caller's bytes: a string value still with its quotes and escapes.
 * Errors:  JSON_NONE: no such member, or not an object. JSON_TWICE: the name stands twice in this object (even in
 *          different escapes); which one counts is anybody's guess, so neither does.
 * Source:  RFC 8259; azure-protocol sections 9.6 (match names only at depth 1) and 9.8.
 */
#ifndef AZFOB_WIRE_JSON_H
#define AZFOB_WIRE_JSON_H

#include "base/buf.h"

enum { JSON_DEPTH_MAX = 64 };

enum json { JSON_OK, JSON_NONE, JSON_TWICE, JSON_BAD };

enum json_kind { JSON_NOTHING, JSON_STRING, JSON_NUMBER, JSON_OBJECT, JSON_ARRAY, JSON_TRUE, JSON_FALSE, JSON_NULL };

/* *root: the value without white space around it. False: *fault is the index of the first byte that is wrong. */
bool json_check(slice text, slice *root, size_t *fault);

/* By the first byte; JSON_NOTHING for the empty slice or a byte that starts no value. */
enum json_kind json_kind(slice value);

/* The member of this object with this name (compared after unescaping), not of objects inside it. */
enum json json_member(slice object, slice name, slice *value);

/* The same, where another function than json_is compares the quoted, escaped name with what is wanted. */
enum json json_member_where(slice object, bool (*is)(slice string, slice wanted), slice wanted, slice *value);

/* Walks an array or an object: rest = value; while (json_next(&rest, &name, &value)) ...
 * The name is still quoted and escaped; in an array it is empty. Anything else has no members. */
bool json_next(slice *rest, slice *name, slice *value);

/* What stands between a string's quotes, still escaped. False: not a string. */
bool json_inside(slice string, slice *inside);

/* Takes the next run of unescaped bytes off *inside: a part of it, or one character in `room`. False: a wrong escape.
 * For comparing without memory: while (inside.len && json_piece(&inside, room, &piece)) ... */
bool json_piece(slice *inside, uint8_t room[4], slice *piece);

/* Does this string value, unescaped, have exactly these bytes? Takes no memory. */
bool json_is(slice string, slice bytes);

/* The string's bytes, unescaped, behind what is in *out. JSON_BAD: not a string. When it does not fit: out->full,
 * the answer is JSON_OK all the same. In both cases out->len is as it was. Never longer than the string, so `out` may be the string's own place. */
enum json json_unescape(slice string, struct buf *out);

/* A number, or a string of at most 20 digits, as an integer: "123", 123, 123.0, 1.23e2; fractions are cut. False:
 * anything else, whatever has a minus sign, or beyond 2^53. */
bool json_integer(slice value, uint64_t *out);

/* Writes bytes as a JSON string, shortest form: only ", \ and control characters escaped. False and nothing written:
 * the bytes are not UTF-8, and JSON cannot say them. */
bool json_quote(struct buf *to, slice bytes);

#endif
