// What Tandem uses of libxml2: one parse of a block of memory that reports elements, text and errors to an owner.
// The parser's own structures stay in this file, so that their differences between releases do too.
#ifndef CLIBXML2_SHIM_H
#define CLIBXML2_SHIM_H

#include <libxml/xmlversion.h>
// Where libxml2 was built with ICU its headers bring ICU's, which clash with those inside Foundation. They only matter
// to the insides of a character converter, which nobody here looks into.
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/SAX2.h>
#include <libxml/xmlerror.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

// How long the name of an element or attribute is kept.
#define CLIBXML2_NAME_SIZE 512

// Codes beside libxml2's own that clibxml2_reader.failed reports.
enum {
    CLIBXML2_EXTERNAL_ENTITY = 100001,
    CLIBXML2_TOO_MANY_ENTITIES = 100002
};

// Who receives what is read. A callback that gives false ends the reading.
typedef struct clibxml2_reader {
    void *owner;
    // `count` attributes follow.
    bool (*element_began)(void *owner, const char *name, long count, long line);
    // Comes for each attribute of the element that began last.
    bool (*attribute)(void *owner, const char *name, const char *value, long count, long line);
    bool (*element_ended)(void *owner);
    bool (*text)(void *owner, const char *bytes, long count);
    // `line` is that of the text being parsed; `detail` may be NULL.
    void (*failed)(void *owner, int code, int level, const char *message, const char *detail, long line);
    long maximum_entity_references;
    long entity_references;
} clibxml2_reader;

static inline clibxml2_reader *clibxml2_reader_of(void *context) {
    return (clibxml2_reader *)((xmlParserCtxtPtr)context)->_private;
}

// A name as it was written: the parser takes prefixes apart even where nothing declares them.
// The buffer is only used where that is so, or the name is too long.
static inline const char *clibxml2_name(char *buffer, size_t size, const xmlChar *prefix, const xmlChar *local) {
    if (prefix == NULL && strlen((const char *)local) < size) return (const char *)local;
    if (prefix != NULL)
        snprintf(buffer, size, "%s:%s", (const char *)prefix, (const char *)local);
    else
        snprintf(buffer, size, "%s", (const char *)local);
    return buffer;
}

static inline void clibxml2_on_element_began(void *context, const xmlChar *local, const xmlChar *prefix,
                                             const xmlChar *uri, int namespace_count, const xmlChar **namespaces,
                                             int attribute_count, int default_count, const xmlChar **attributes) {
    (void)uri, (void)default_count;
    clibxml2_reader *reader = clibxml2_reader_of(context);
    char buffer[CLIBXML2_NAME_SIZE];
    const char *name = clibxml2_name(buffer, sizeof buffer, prefix, local);
    long line = xmlSAX2GetLineNumber(context);
    bool goes_on = reader->element_began(reader->owner, name, (long)namespace_count + attribute_count, line);
    for (int i = 0; goes_on && i < namespace_count; i++) {
        name = clibxml2_name(buffer, sizeof buffer, namespaces[2 * i] ? (const xmlChar *)"xmlns" : NULL,
                             namespaces[2 * i] ? namespaces[2 * i] : (const xmlChar *)"xmlns");
        const char *value = (const char *)namespaces[2 * i + 1];
        goes_on = reader->attribute(reader->owner, name, value, (long)strlen(value), line);
    }
    for (int i = 0; goes_on && i < attribute_count; i++) {
        // Five to an attribute: local name, prefix, URI, where the value begins and where it ends.
        const xmlChar **attribute = attributes + 5 * i;
        name = clibxml2_name(buffer, sizeof buffer, attribute[1], attribute[0]);
        goes_on = reader->attribute(reader->owner, name, (const char *)attribute[3],
                                    (long)(attribute[4] - attribute[3]), line);
    }
    if (!goes_on) xmlStopParser((xmlParserCtxtPtr)context);
}

static inline void clibxml2_on_element_ended(void *context, const xmlChar *local, const xmlChar *prefix,
                                             const xmlChar *uri) {
    (void)local, (void)prefix, (void)uri;
    clibxml2_reader *reader = clibxml2_reader_of(context);
    if (!reader->element_ended(reader->owner)) xmlStopParser((xmlParserCtxtPtr)context);
}

static inline void clibxml2_on_text(void *context, const xmlChar *bytes, int count) {
    clibxml2_reader *reader = clibxml2_reader_of(context);
    if (!reader->text(reader->owner, (const char *)bytes, count)) xmlStopParser((xmlParserCtxtPtr)context);
}

static inline void clibxml2_on_entity_declared(void *context, const xmlChar *name, int type, const xmlChar *public_id,
                                               const xmlChar *system_id, xmlChar *content) {
    if (type == XML_INTERNAL_GENERAL_ENTITY || type == XML_INTERNAL_PARAMETER_ENTITY) {
        xmlSAX2EntityDecl(context, name, type, public_id, system_id, content);
        return;
    }
    // An external entity is never recorded, so nothing can make the parser open what it names.
    clibxml2_reader *reader = clibxml2_reader_of(context);
    reader->failed(reader->owner, CLIBXML2_EXTERNAL_ENTITY, XML_ERR_FATAL, "", (const char *)name,
                   xmlSAX2GetLineNumber(context));
}

static inline void clibxml2_on_unparsed_entity(void *context, const xmlChar *name, const xmlChar *public_id,
                                               const xmlChar *system_id, const xmlChar *notation) {
    (void)public_id, (void)system_id, (void)notation;
    clibxml2_reader *reader = clibxml2_reader_of(context);
    reader->failed(reader->owner, CLIBXML2_EXTERNAL_ENTITY, XML_ERR_FATAL, "", (const char *)name,
                   xmlSAX2GetLineNumber(context));
}

static inline bool clibxml2_may_expand(void *context, const xmlChar *name) {
    clibxml2_reader *reader = clibxml2_reader_of(context);
    if (reader->entity_references < reader->maximum_entity_references) {
        reader->entity_references += 1;
        return true;
    }
    reader->failed(reader->owner, CLIBXML2_TOO_MANY_ENTITIES, XML_ERR_FATAL, "", (const char *)name,
                   xmlSAX2GetLineNumber(context));
    return false;
}

static inline xmlEntityPtr clibxml2_on_entity(void *context, const xmlChar *name) {
    return clibxml2_may_expand(context, name) ? xmlSAX2GetEntity(context, name) : NULL;
}

static inline xmlEntityPtr clibxml2_on_parameter_entity(void *context, const xmlChar *name) {
    return clibxml2_may_expand(context, name) ? xmlSAX2GetParameterEntity(context, name) : NULL;
}

static inline xmlParserInputPtr clibxml2_on_external(void *context, const xmlChar *public_id,
                                                     const xmlChar *system_id) {
    (void)context, (void)public_id, (void)system_id;
    return NULL;
}

#if LIBXML_VERSION >= 21200
static inline void clibxml2_on_error(void *context, const xmlError *error) {
#else
static inline void clibxml2_on_error(void *context, xmlErrorPtr error) {
#endif
    clibxml2_reader *reader = clibxml2_reader_of(context);
    reader->failed(reader->owner, error->code, (int)error->level, error->message ? error->message : "",
                   error->str1, error->line);
}

// Reads `count` bytes of UTF-8. Gives false when there was no memory to begin with; everything else is reported to
// the reader. External subsets and entities are not read, the network is not used.
static inline bool clibxml2_read(clibxml2_reader *reader, const char *bytes, int count) {
    xmlParserCtxtPtr context = xmlCreateMemoryParserCtxt(bytes, count);
    if (context == NULL) return false;
    // Recovery keeps repeated attributes readable; the owner decides which reports end the reading.
    xmlCtxtUseOptions(context, XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_RECOVER);
    context->_private = reader;
    xmlSAXHandlerPtr sax = context->sax;
    sax->startElementNs = clibxml2_on_element_began;
    sax->endElementNs = clibxml2_on_element_ended;
    sax->startElement = NULL;
    sax->endElement = NULL;
    sax->characters = clibxml2_on_text;
    sax->ignorableWhitespace = clibxml2_on_text;
    sax->cdataBlock = clibxml2_on_text;
    sax->reference = NULL;
    sax->comment = NULL;
    sax->processingInstruction = NULL;
    sax->externalSubset = NULL;
    sax->resolveEntity = clibxml2_on_external;
    sax->entityDecl = clibxml2_on_entity_declared;
    sax->unparsedEntityDecl = clibxml2_on_unparsed_entity;
    sax->getEntity = clibxml2_on_entity;
    sax->getParameterEntity = clibxml2_on_parameter_entity;
    sax->warning = NULL;
    sax->error = NULL;
    sax->fatalError = NULL;
    sax->serror = clibxml2_on_error;
    sax->initialized = XML_SAX2_MAGIC;
    xmlParseDocument(context);
    if (context->myDoc != NULL) xmlFreeDoc(context->myDoc);
    context->myDoc = NULL;
    xmlFreeParserCtxt(context);
    return true;
}

#endif
