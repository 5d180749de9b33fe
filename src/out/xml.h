/*
 * Text for XML 1.0: what it cannot hold is made visible.
 */
#ifndef OUT_XML_H
#define OUT_XML_H

#include "base/strbuf.h"
#include "ie/ie.h"

/*
 * TEXT as content or as the value of an attribute in double quotes.  Control characters and
 * ill-formed UTF-8 are \xNN, as nf_safe_text has them; U+FFFE and U+FFFF, which are no characters
 * of XML, are U+FFFD.
 */
void xml_text(struct nf_strbuf *s, struct nf_bytes text);

/* What S has from FROM on, in the same way. */
void xml_escape(struct nf_strbuf *s, size_t from);

/* " NAME=\"TEXT\"" */
void xml_attribute(struct nf_strbuf *s, const char *name, const char *text);

#endif
