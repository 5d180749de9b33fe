/*
 * The parts of JSON that messages, held sets and the list of what is wrong share.
 */
#ifndef OUT_JSON_H
#define OUT_JSON_H

#include "out/out.h"

/* Append LITERAL, whose length the compiler knows. */
#define LIT(s, literal) nf_sb_mem(s, literal, sizeof(literal) - 1)

/* The same at P, where there is room for it. */
#define PUT(p, literal) ((char *)memcpy(p, literal, sizeof(literal) - 1) + sizeof(literal) - 1)

/* ,"NAME": */
#define KEY(s, name) LIT(s, ",\"" name "\":")
#define NUMBER(s, name, v) do { KEY(s, name); nf_sb_u64(s, v); } while (0)

/* TEXT in quotes. */
void json_string(struct nf_strbuf *s, const char *text);

/* ,"KEY":"TEXT"; nothing where TEXT is NULL. */
void json_member(struct nf_strbuf *s, const char *key, const char *text);

/* The text before and behind a field's value, for the layout cache; and a plan of both. */
extern const struct layouts_texts json_texts;
struct sheet_plan *json_plan(const struct layouts_entry *e, struct memos *memos);

/* {"offset":..,"length":..,"fields":[..]}; LISTS is what lists in it need. */
void json_record(struct out *o, const struct nf_rec *r, const struct nf_list_ctx *lists);

/* All of field I but the text before its value. */
void json_field(struct out *o, const struct nf_rec *r, unsigned i, const struct nf_list_ctx *lists);

/*
 * The rows of o->sheet, which is open by the plan of their layout: the same of each as
 * json_record does, and commas between them.  ITEMS were in the array before.
 */
void json_rows(struct out *o, const struct nf_list_ctx *lists, uint32_t *items);

/* "semantic":.. and what the list in F holds, or "value": where it is none; without braces. */
void json_list(struct out *o, const struct nf_field *f, const struct nf_list_ctx *lists);

/* "frame":1,"resolved":"live": where a layout comes from, without braces. */
void json_resolution(struct nf_strbuf *s, const struct out *o, const struct nf_resolution *r);

/* {"id":8,"name":"sourceIPv4Address","length":4} */
void json_spec(struct out *o, const struct nf_template *t, const struct nf_spec *sp);

/* ,"raw":"0a000001" */
void json_raw(struct out *o, struct nf_bytes octets);

/* "id":..,"offset":..: without braces. */
void json_problem(struct nf_strbuf *s, const struct nf_problem *p);

/* ,"file":..,"frame":..,"time":..: where and when D was. */
void json_place(struct nf_strbuf *s, struct out *o, const struct nf_datagram *d);

/* ,"session":{"transport":"udp",..}: that of D. */
void json_session(struct nf_strbuf *s, struct out *o, const struct nf_datagram *d);

/* By enterprise, IANA first, then direction, then name: < 0, 0, > 0. */
int json_by_name(const struct nf_ie *x, const struct nf_ie *y);

/* {"type":TYPE, .. "payloadLength":..: the keys that say where something was, no closing brace. */
void json_head(struct out *o, const char *type, const struct nf_datagram *d);

#endif
