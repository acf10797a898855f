/*
 * As much of XML 1.0 as STS answers in, strictly: elements, attributes (skipped), text,
 * the five entities and character references, a declaration. What it must not hold: a
 * document type, comments, CDATA, other entities, control characters, text that is not
 * UTF-8, elements deeper than 16, paths longer than 512 bytes.
 */
#ifndef DYNAMOD_AWS_XML_H
#define DYNAMOD_AWS_XML_H

#include "base/arena.h"

enum { XML_DEPTH_MAX = 16, XML_PATH_MAX = 512 };

/* Called at the end of each element that has no elements in it. path: from the root,
 * "Response/Result/Key", up to XML_PATH_MAX bytes, lent until return; text: the arena's,
 * as it is but for references. */
typedef void (*xml_text_fn)(struct dm_str path, struct dm_str text, void *ctx);

/* DM_E_UPSTREAM: it is not such a document, "byte 12: expected …", without a word of it.
 */
DM_MUST_USE enum dm_code xml_read(struct dm_str document, struct arena *arena,
                                  xml_text_fn text, void *ctx, struct dm_error *err);

#endif
