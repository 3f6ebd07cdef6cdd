#include "words.h"

#include <stdio.h>
#include <string.h>

static const char more[] = ", ...";

void words_add(char *list, size_t size, const char *word)
{
    const size_t used = strlen(list), room = sizeof(more) - 1;
    const char *comma = used > 0 ? ", " : "";
    if (used >= room && strcmp(list + used - room, more) == 0) {
        return;
    }
    const size_t length = strlen(comma) + strlen(word);
    snprintf(list + used, size - used, "%s%s", used + length + room < size ? comma : more,
             used + length + room < size ? word : "");
}
