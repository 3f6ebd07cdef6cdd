// docs/protocol.md: what it says in numbers and bytes is what the code does.
#include "test.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "classic_tasks.h"
#include "core_drive.h"
#include "random.h"

enum { MAX_LINE = 1024, MAX_MESSAGE = 4096 };

static FILE *open_page(void)
{
    FILE *page = fopen("../docs/protocol.md", "r");
    assert_non_null(page);
    return page;
}

// ---- the conversation ---------------------------------------------------------------------------

typedef struct message {
    unsigned char bytes[MAX_MESSAGE];
    size_t size;
} message;

// A line of a block: bytes in hex with one space between them; two spaces begin a remark.
static void read_bytes(const char *line, message *m)
{
    while (isxdigit((unsigned char) line[0]) && isxdigit((unsigned char) line[1])) {
        assert_true(m->size < MAX_MESSAGE);
        const char digits[3] = {line[0], line[1], '\0'};
        m->bytes[m->size++] = (unsigned char) strtoul(digits, NULL, 16);
        line += line[2] == ' ' ? 3 : 2;
    }
}

// The next block of the page that begins ```hex; false if there is none.
static bool read_block(FILE *page, message *m)
{
    char line[MAX_LINE];
    bool inside = false;
    m->size = 0;
    while (fgets(line, sizeof(line), page) != NULL) {
        if (inside && strncmp(line, "```", 3) == 0) {
            return true;
        }
        if (inside) {
            read_bytes(line, m);
        }
        inside = inside || strcmp(line, "```hex\n") == 0;
    }
    return false;
}

static void assert_same(const message *m, const unsigned char *bytes, size_t size, int block)
{
    if (size == m->size && memcmp(bytes, m->bytes, size) == 0) {
        return;
    }
    print_error("block %d should be:\n", block);
    for (size_t i = 0; i < size; i++) {
        print_error("%02x%c", bytes[i], i % 16 == 15 || i + 1 == size ? '\n' : ' ');
    }
    fail();
}

// Requests and replies in turn: each request must be packed as we would pack it, and a new server
// must answer it with the reply that follows.
static void the_conversation_is_what_a_server_answers(void **state)
{
    (void) state;
    static drive d;
    static message m;
    unsigned char packed[MAX_MESSAGE];
    FILE *page = open_page();
    int block = 0;
    drive_init(&d, &classic_cartpole_v1);
    for (; read_block(page, &m); block += 2) {
        Stepwire__Request *asked = stepwire__request__unpack(NULL, m.size, m.bytes);
        assert_non_null(asked);
        assert_same(&m, packed, stepwire__request__pack(asked, packed), block);
        stepwire__request__free_unpacked(asked, NULL);

        memcpy(d.request.bytes, m.bytes, m.size);
        d.request.size = m.size;
        const Stepwire__Reply *reply = drive_send(&d);
        assert_non_null(reply);
        assert_true(read_block(page, &m));
        assert_same(&m, packed, stepwire__reply__pack(reply, packed), block + 1);
    }
    assert_true(block >= 12);
    drive_free(&d);
    (void) fclose(page);
}

// ---- tables -------------------------------------------------------------------------------------

static void the_values_of_mix_are_right(void **state)
{
    (void) state;
    FILE *page = open_page();
    char line[MAX_LINE];
    int rows = 0;
    while (fgets(line, sizeof(line), page) != NULL) {
        unsigned long long a;
        unsigned long long b;
        unsigned long long expected;
        if (sscanf(line, "| %llu | %llu | `0x%llx` |", &a, &b, &expected) == 3) {
            assert_true(random_mix(a, b) == expected);
            rows++;
        }
    }
    assert_true(rows >= 5);
    (void) fclose(page);
}

// A row for each code of the protocol, `NAME` and its number, in their order.
static void the_table_of_errors_is_complete(void **state)
{
    (void) state;
    FILE *page = open_page();
    char line[MAX_LINE];
    int codes = 0;
    while (fgets(line, sizeof(line), page) != NULL) {
        char name[64];
        int number;
        if (sscanf(line, "| `%63[A-Z_]` | %d |", name, &number) == 2) {
            assert_int_equal(number, ++codes);
            assert_string_equal(name, sw_status_name((sw_status) number));
        }
    }
    assert_int_equal(codes, SW_INTERNAL);
    (void) fclose(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_conversation_is_what_a_server_answers),
        cmocka_unit_test(the_values_of_mix_are_right),
        cmocka_unit_test(the_table_of_errors_is_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
