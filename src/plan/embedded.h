/* References in a value of the environment.
 *
 *   value = reference                                       as ref_is_marked has it, the whole value
 *         / 1*( text / "${" akv-reference "}" )             in a longer value; there is no escape for "${akv://"
 *
 * Only "akv://" stands in "${ }", and nothing else in a value is special: not "$$", not "${HOME}". So a value changes
 * only where somebody meant it to.
 *
 * Shape:   rest = value; while ((piece = embedded_next(&rest, &text)) == PIECE_TEXT || piece == PIECE_REF) ...
 * Memory:  slices into the value.
 * Errors:  PIECE_BAD: "${akv://" without its "}"; *text starts there. It must not be quoted: what follows may be a
 *          secret.
 * Source:  product contract, "References"; work order of exec.
 */
#ifndef AZFOB_PLAN_EMBEDDED_H
#define AZFOB_PLAN_EMBEDDED_H

#include "base/slice.h"

enum embedded { EMBEDDED_NONE, EMBEDDED_WHOLE, EMBEDDED_PARTS };

/* What kind of value is this? */
enum embedded embedded_kind(slice value);

enum piece { PIECE_TEXT, PIECE_REF, PIECE_END, PIECE_BAD };

/* The next piece of an EMBEDDED_PARTS value. The text of PIECE_REF is without "${" and "}". */
enum piece embedded_next(slice *rest, slice *text);

#endif
