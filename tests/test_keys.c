// test_keys.c -- proto/keys.c and keygen.c: directories of keys, and what is wrong with them.
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "key_dirs.h"
#include "keys.h"
#include "test.h"

// A pair that libzmq's manual publishes (zmq_curve(7)).
static const char published_public[] = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
static const char published_secret[] = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs";

static const char loopback[] = "tcp://127.0.0.1:5555";

static void write_text(const char *path, const char *text, mode_t mode)
{
    key_dirs_write(path, text, strlen(text), mode);
}

static void assert_mode(const char *directory, const char *name, mode_t mode)
{
    struct stat what;
    assert_int_equal(stat(key_dirs_path(directory, name), &what), 0);
    assert_int_equal(what.st_mode & 07777, mode);
}

static bool is_listed(const char *directory, const char *key)
{
    bool found;
    assert_ok(keys_find_client(directory, key, &found));
    return found;
}


// ---- making them ----------------------------------------------------------------------------

static void one_directory_serves_both_sides(void **state)
{
    const key_dirs *k = *state;
    char machine[128] = "", endpoint[160];
    keys server, client;
    key_dirs_generate(k->a);
    assert_ok(keys_read_server(k->a, &server));
    assert_int_equal(gethostname(machine, sizeof(machine) - 1), 0);
    snprintf(endpoint, sizeof(endpoint), "tcp://%s:5555", machine);
    const char *const endpoints[] = {loopback, "tcp://localhost:1", "ipc:///tmp/socket", endpoint};
    for (int i = 0; i < 4; i++) {
        assert_ok(keys_read_client(k->a, endpoints[i], &client));
        assert_string_equal(client.server_key, server.public_key);
    }
    assert_true(is_listed(k->a, client.public_key));
    assert_false(is_listed(k->a, server.public_key));
}

static void secrets_are_their_owners_alone(void **state)
{
    const key_dirs *k = *state;
    const mode_t before = umask(0);
    key_dirs_generate(k->a);
    umask(before);
    assert_mode(k->a, ".", 0700);
    assert_mode(k->a, "clients", 0700);
    assert_mode(k->a, "servers", 0700);
    assert_mode(k->a, "server.key", 0600);
    assert_mode(k->a, "client.key", 0600);
    assert_mode(k->a, "server.pub", 0644);
    assert_mode(k->a, "servers/localhost.pub", 0644);
}

static void two_directories_have_different_keys(void **state)
{
    const key_dirs *k = *state;
    keys a, b;
    key_dirs_generate(k->a);
    key_dirs_generate(k->b);
    assert_ok(keys_read_client(k->a, loopback, &a));
    assert_ok(keys_read_client(k->b, loopback, &b));
    assert_string_not_equal(a.secret_key, b.secret_key);
    assert_string_not_equal(a.server_key, b.server_key);
    assert_false(is_listed(k->a, b.public_key));
}

typedef struct list {
    char text[1024];
} list;

static void append(void *context, const char *path)
{
    list *l = context;
    strcat(l->text, strrchr(path, '/'));
}

static void only_what_is_missing_is_made(void **state)
{
    const key_dirs *k = *state;
    keys before, after;
    list made = {""};
    key_dirs_generate(k->a);
    assert_ok(keys_read_client(k->a, loopback, &before));
    unlink(key_dirs_path(k->a, "client.pub"));
    unlink(key_dirs_path(k->a, "servers/localhost.pub"));
    write_text(key_dirs_path(k->a, "clients/client.pub"), "mine", 0644);
    assert_ok(keys_generate(k->a, append, &made));
    assert_string_equal(made.text, "/client.pub/localhost.pub");
    assert_ok(keys_read_client(k->a, "tcp://localhost:1", &after));
    assert_memory_equal(&before, &after, sizeof(before));
    struct stat what;
    assert_int_equal(stat(key_dirs_path(k->a, "clients/client.pub"), &what), 0);
    assert_int_equal(what.st_size, strlen("mine"));
}

static void nothing_but_keys_is_left(void **state)
{
    const key_dirs *k = *state;
    key_dirs_generate(k->a);
    const char *const files[] = {"server.key",           "server.pub",
                                 "client.key",           "client.pub",
                                 "clients/client.pub",   "servers/localhost.pub",
                                 "servers/127.0.0.1.pub"};
    for (int i = 0; i < 7; i++) {
        struct stat what;
        assert_int_equal(stat(key_dirs_path(k->a, files[i]), &what), 0);
        assert_int_equal(what.st_size, 41);
        assert_int_equal(what.st_nlink, 1);
        assert_int_equal(unlink(key_dirs_path(k->a, files[i])), 0);
    }
    assert_int_equal(rmdir(key_dirs_path(k->a, "clients")), 0);  // so it is empty
}

static void halves_of_different_pairs_are_refused(void **state)
{
    const key_dirs *k = *state;
    key_dirs_generate(k->a);
    write_text(key_dirs_path(k->a, "server.pub"), published_public, 0644);
    assert_int_equal(keys_generate(k->a, append, &(list){""}), SW_FAILED_PRECONDITION);
    assert_says("server.pub");
    assert_int_equal(unlink(key_dirs_path(k->a, "server.key")), 0);
    assert_int_equal(keys_generate(k->a, append, &(list){""}), SW_FAILED_PRECONDITION);
    assert_says("server.key");
    assert_int_equal(access(key_dirs_path(k->a, "server.key"), F_OK), -1);
}

static void a_place_that_cannot_be_made_is_named(void **state)
{
    const key_dirs *k = *state;
    assert_int_equal(keys_generate(key_dirs_path(k->a, "b"), append, &(list){""}), SW_IO);
    assert_says("/a/b");
    write_text(k->a, "a file", 0600);
    assert_int_equal(keys_generate(k->a, append, &(list){""}), SW_IO);
    assert_says(k->a);
}


// ---- reading them ---------------------------------------------------------------------------

static void a_secret_key_brings_its_public_key(void **state)
{
    const key_dirs *k = *state;
    keys server;
    assert_int_equal(mkdir(k->a, 0700), 0);
    write_text(key_dirs_path(k->a, "server.key"), published_secret, 0600);  // without a newline
    assert_ok(keys_read_server(k->a, &server));
    assert_string_equal(server.secret_key, published_secret);
    assert_string_equal(server.public_key, published_public);
    assert_string_equal(server.server_key, "");
}

static void what_is_missing_is_named_with_what_to_do(void **state)
{
    const key_dirs *k = *state;
    keys got;
    bool found;
    assert_int_equal(keys_read_server(k->a, &got), SW_NOT_FOUND);
    assert_says("/a/server.key");
    assert_says("stepwire-simserver keygen");
    assert_int_equal(keys_read_client(k->a, loopback, &got), SW_NOT_FOUND);
    assert_says("/a/client.key");
    assert_says("stepwire-simserver keygen");
    assert_int_equal(keys_find_client(k->a, published_public, &found), SW_NOT_FOUND);
    assert_says("/a/clients");

    key_dirs_generate(k->a);
    assert_int_equal(keys_read_client(k->a, "tcp://[fe80::1]:5555", &got), SW_NOT_FOUND);
    assert_says("/a/servers/fe80::1.pub");
    assert_says("server.pub");
}

static void secrets_that_others_may_read_are_refused(void **state)
{
    const key_dirs *k = *state;
    keys got;
    key_dirs_generate(k->a);
    const char *path = key_dirs_path(k->a, "server.key");
    const mode_t modes[] = {0644, 0640, 0604, 0620, 0610, 0601, 0602};
    for (int i = 0; i < 7; i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        assert_int_equal(keys_read_server(k->a, &got), SW_INVALID_ARGUMENT);
        assert_says("chmod 600 ");
        assert_says(path);
    }
    assert_int_equal(chmod(path, 0400), 0);
    assert_ok(keys_read_server(k->a, &got));
}

static void what_is_not_a_key_is_refused(void **state)
{
    const key_dirs *k = *state;
    static const struct {
        const char *bytes;
        size_t size;
    } junk[] = {
        {"", 0},
        {"\n", 1},
        {"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hI", 39},
        {"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hI\n", 40},
        {"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hIDD", 41},
        {" Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\n", 42},
        {"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\nx\n", 43},
        {"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\0", 41},
        {"Yne@$w-vo<fVvi]a<NY6T1ed M$fCG*[IaLV{hID\n", 41},  // a space is not of Z85
        {"Yne@$w-vo<fVvi]a<NY6T1ed\0M$fCG*[IaLV{hID\n", 41},
        {"\x7f"
         "ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\x3e\0\1\0\0\0\xff\xfe\xfd\xfc\x80\x81\x82\x83\0\0\0\0\0\0"
         "\0\0",
         41},
    };
    keys got;
    key_dirs_generate(k->a);
    for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
        const char *path = key_dirs_path(k->a, "servers/localhost.pub");
        key_dirs_write(path, junk[i].bytes, junk[i].size, 0644);
        assert_int_equal(keys_read_client(k->a, "ipc:///tmp/x", &got), SW_INVALID_ARGUMENT);
        assert_says(path);
        assert_says("not a key");
    }
}

static void how_the_line_ends_does_not_matter(void **state)
{
    const key_dirs *k = *state;
    const char *const ends[] = {"", "\n", "\r\n", "\n\n", "  \t\r\n"};
    keys got;
    key_dirs_generate(k->a);
    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        char text[64];
        snprintf(text, sizeof(text), "%s%s", published_public, ends[i]);
        write_text(key_dirs_path(k->a, "servers/localhost.pub"), text, 0644);
        assert_ok(keys_read_client(k->a, "ipc:///tmp/x", &got));
        assert_string_equal(got.server_key, published_public);
    }
}

static void what_to_do_about_a_spoilt_key_depends_on_whose_it_is(void **state)
{
    const key_dirs *k = *state;
    keys got;
    key_dirs_generate(k->a);
    write_text(key_dirs_path(k->a, "servers/localhost.pub"), "junk", 0644);
    assert_int_equal(keys_read_client(k->a, "ipc:///tmp/x", &got), SW_INVALID_ARGUMENT);
    assert_says("copy it again");
    write_text(key_dirs_path(k->a, "server.key"), "junk", 0600);
    assert_int_equal(keys_read_server(k->a, &got), SW_INVALID_ARGUMENT);
    assert_says("stepwire-simserver keygen");
}

static void a_link_is_followed_to_where_it_leads(void **state)
{
    const key_dirs *k = *state;
    keys got;
    key_dirs_generate(k->a);
    const char *path = key_dirs_path(k->a, "server.key"), *to = key_dirs_path(k->root, "kept");
    assert_int_equal(rename(path, to), 0);
    assert_int_equal(symlink(to, path), 0);
    assert_ok(keys_read_server(k->a, &got));
    assert_int_equal(chmod(to, 0644), 0);
    assert_int_equal(keys_read_server(k->a, &got), SW_INVALID_ARGUMENT);
    assert_int_equal(unlink(to), 0);
    assert_int_equal(keys_read_server(k->a, &got), SW_NOT_FOUND);
    // and nothing is made where it leads
    assert_int_not_equal(keys_generate(k->a, append, &(list){""}), SW_OK);
    assert_int_equal(access(to, F_OK), -1);
}

static void a_directory_or_a_pipe_is_no_key(void **state)
{
    const key_dirs *k = *state;
    keys got;
    key_dirs_generate(k->a);
    const char *path = key_dirs_path(k->a, "server.key");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(keys_read_server(k->a, &got), SW_INVALID_ARGUMENT);
    assert_says(path);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);  // to which nobody writes
    assert_int_equal(keys_read_server(k->a, &got), SW_INVALID_ARGUMENT);
}

static void what_may_not_be_read_is_named(void **state)
{
    const key_dirs *k = *state;
    keys got;
    if (geteuid() == 0) {
        skip();  // root may read everything
    }
    key_dirs_generate(k->a);
    assert_int_equal(chmod(key_dirs_path(k->a, "server.key"), 0), 0);
    assert_int_equal(keys_read_server(k->a, &got), SW_IO);
    assert_says("server.key");
}

static void endpoints_without_a_host_are_refused(void **state)
{
    const key_dirs *k = *state;
    keys got;
    key_dirs_generate(k->a);
    const char *const endpoints[] = {"tcp://", "tcp://:5", "udp://x:1", "tcp://../a:5555", ""};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(keys_read_client(k->a, endpoints[i], &got), SW_INVALID_ARGUMENT);
    }
}

static void paths_that_are_too_long_are_refused(void **state)
{
    (void) state;
    keys got;
    char directory[KEYS_MAX_PATH + 1];
    memset(directory, 'd', sizeof(directory) - 1);
    directory[sizeof(directory) - 1] = '\0';
    assert_int_equal(keys_read_server(directory, &got), SW_INVALID_ARGUMENT);
    assert_int_equal(keys_read_client(directory, loopback, &got), SW_INVALID_ARGUMENT);
}


// ---- who is let in --------------------------------------------------------------------------

static void the_list_is_every_file_that_ends_in_pub(void **state)
{
    const key_dirs *k = *state;
    key_dirs_generate(k->a);
    assert_false(is_listed(k->a, published_public));
    const char *const others[] = {"clients/a.pub~", "clients/.a.pub", "clients/a", "clients/.pub",
                                  "a.pub"};
    for (int i = 0; i < 5; i++) {
        write_text(key_dirs_path(k->a, others[i]), published_public, 0644);
        assert_false(is_listed(k->a, published_public));
    }
    write_text(key_dirs_path(k->a, "clients/lab.pub"), published_public, 0644);
    assert_true(is_listed(k->a, published_public));
    assert_int_equal(unlink(key_dirs_path(k->a, "clients/lab.pub")), 0);
    assert_false(is_listed(k->a, published_public));
}

static void a_bad_file_keeps_nobody_else_out(void **state)
{
    const key_dirs *k = *state;
    bool found = true;
    key_dirs_generate(k->a);
    write_text(key_dirs_path(k->a, "clients/a.pub"), "", 0644);
    write_text(key_dirs_path(k->a, "clients/lab.pub"), published_public, 0644);
    write_text(key_dirs_path(k->a, "clients/z.pub"), "junk", 0644);
    assert_true(is_listed(k->a, published_public));
    assert_int_equal(keys_find_client(k->a, published_secret, &found), SW_INVALID_ARGUMENT);
    assert_false(found);
    assert_says("not a key");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, key_dirs_setup, key_dirs_teardown)
    const struct CMUnitTest tests[] = {
        T(one_directory_serves_both_sides),
        T(secrets_are_their_owners_alone),
        T(two_directories_have_different_keys),
        T(only_what_is_missing_is_made),
        T(nothing_but_keys_is_left),
        T(halves_of_different_pairs_are_refused),
        T(a_place_that_cannot_be_made_is_named),
        T(a_secret_key_brings_its_public_key),
        T(what_is_missing_is_named_with_what_to_do),
        T(secrets_that_others_may_read_are_refused),
        T(what_is_not_a_key_is_refused),
        T(how_the_line_ends_does_not_matter),
        T(what_to_do_about_a_spoilt_key_depends_on_whose_it_is),
        T(a_link_is_followed_to_where_it_leads),
        T(a_directory_or_a_pipe_is_no_key),
        T(what_may_not_be_read_is_named),
        T(endpoints_without_a_host_are_refused),
        T(paths_that_are_too_long_are_refused),
        T(the_list_is_every_file_that_ends_in_pub),
        T(a_bad_file_keeps_nobody_else_out),
    };
    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
