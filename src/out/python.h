/*
 * -o python-netflow: the lines that the python-netflow collector writes.
 *
 *	{"1795302991.0954864": {"client": ["127.0.0.1", 40000], "header": {..}, "flows": [{..}]}}
 *
 * One message is one line, its time the key: the shortest decimal that reads back as the same
 * double.  A message a set of which waits for its template is held back whole.  Where the
 * collector itself loses something, this does not: repeated elements are arrays, options records
 * of v9 stand in "options", unknown and enterprise elements have the names they have elsewhere.
 */
#ifndef OUT_PYTHON_H
#define OUT_PYTHON_H

#include "out/layouts.h"
#include "out/out.h"

/* The largest integer, in octets, that is written as a decimal; longer ones as hexadecimal text. */
enum { PYTHON_DECIMAL = 256 };

/* What a field of a layout is to the record of a line: layouts_text.remark. */
enum python_remark {
	PYTHON_PLAIN,
	PYTHON_FIRST,			/* of several of one name, which are an array */
	PYTHON_SKIPPED,			/* another of these, or a pad of v1 to v8 */
};

/* Keys before the values; the same layout has other names in v9. */
extern const struct layouts_texts python_texts, python_v9_texts;

/* The next field of LAYOUT that is called as IE is, from FROM on; nfields if there is none. */
unsigned python_again(const struct nf_layout *layout, unsigned from, const struct nf_ie *ie);

/* D as Python's repr has it: "1.5", "3.0", "1e+16". */
void python_float(struct nf_strbuf *s, double d);

/* The unsigned integer in VALUE, of any length, as a decimal. */
void python_integer(struct nf_strbuf *s, struct nf_bytes value);

/* TEXT as a JSON string of ASCII; ill-formed UTF-8 as the text of a bytes object, "b'..'". */
void python_string(struct nf_strbuf *s, struct nf_bytes text);

/* The value of F in messages of VERSION. */
void python_value(struct nf_strbuf *s, const struct nf_field *f, uint16_t version);

#endif
