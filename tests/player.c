#include "player.h"

#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "twin.h"

// ---- records ------------------------------------------------------------------------------------

void record_free(record *r)
{
    free(r->bytes);
}

void record_compare(const record *a, const record *b)
{
    assert_true(a->size > 0);
    assert_int_equal(a->size, b->size);
    assert_memory_equal(a->bytes, b->bytes, a->size);
}

static void write_numbers(record *r, const void *data, size_t size)
{
    if (size > 0) {  // else there may be no data
        fwrite(data, 1, size, r->stream);
    }
}

static void write_tensors(record *r, const sw_spec *spec, const void *const *data, int rows)
{
    for (int i = 0; i < spec->observation_count && rows > 0; i++) {
        const sw_tensor *t = &spec->observations[i];
        const size_t size = (size_t) sw_tensor_elements(t) * sw_dtype_size(t->dtype);
        write_numbers(r, data[i], (size_t) rows * size);
    }
}

static void write_batch(record *r, const sw_spec *spec, const sw_batch *b)
{
    const size_t rows = (size_t) b->rows;
    const size_t info_bytes = (size_t) spec->info_count * sizeof(double);
    write_numbers(r, b->rewards, rows * sizeof(*b->rewards));
    write_numbers(r, b->flags, rows);
    write_numbers(r, b->seeds, rows * sizeof(*b->seeds));
    write_numbers(r, b->infos, rows * info_bytes);
    write_tensors(r, spec, b->observations, b->rows);
    write_tensors(r, spec, b->final_observations, b->final_count);
    write_numbers(r, b->final_infos, (size_t) b->final_count * info_bytes);
}


// ---- playing ------------------------------------------------------------------------------------

void player_note_ends(player *p, const uint32_t *rows, const sw_batch *b)
{
    for (int i = 0; i < b->rows; i++) {
        const int flags = b->flags[i];
        p->over[rows != NULL ? (int) rows[i] : i] =
            (flags & (SW_TERMINATED | SW_TRUNCATED)) != 0 && (flags & SW_FIRST) == 0;
    }
}

// Waits for the reply to a step, or to a reset of `rows`.
static void receive(player *p, const uint32_t *rows, record *r)
{
    const sw_batch *batch = NULL;
    assert_ok(sw_client_recv(p->client, &batch));
    player_note_ends(p, rows, batch);
    if (r != NULL) {
        write_batch(r, sw_client_spec(p->client), batch);
    }
}

static void send_reset(player *p, const uint32_t *rows, int count, record *r)
{
    const sw_reset which = {.rows = rows, .row_count = count};
    assert_ok(sw_client_send_reset(p->client, &which));
    receive(p, count > 0 ? rows : NULL, r);
}

void player_reset(player *p, const uint32_t *rows, int count)
{
    send_reset(p, rows, count, NULL);
}

// The client resets what is over.
static void reset_over(player *p, record *r)
{
    uint32_t rows[PLAYER_ROWS];
    int count = 0;
    for (uint32_t i = 0; i < PLAYER_ROWS; i++) {
        if (p->over[i]) {
            rows[count++] = i;
        }
    }
    if (count > 0) {
        send_reset(p, rows, count, r);
    }
}

static void draw_actions(player *p, random_state *random)
{
    const sw_spec *spec = &p->env.spec;
    for (int row = 0; row < PLAYER_ROWS; row++) {
        local_env_draw_actions(&p->env, random);
        for (int i = 0; i < spec->action_count; i++) {
            const sw_tensor *t = &spec->actions[i];
            const size_t size = (size_t) sw_tensor_elements(t) * sw_dtype_size(t->dtype);
            memcpy(p->actions[i] + (size_t) row * size, p->env.actions[i], size);
        }
    }
}

void player_play(player *p, int steps, uint64_t seed, record *r)
{
    random_state random = random_seed(seed);
    if (r != NULL) {
        r->stream = open_memstream(&r->bytes, &r->size);
        assert_non_null(r->stream);
    }
    for (int step = 0; step < steps; step++) {
        if (p->mode == SW_DISABLED) {
            reset_over(p, r);
        }
        draw_actions(p, &random);
        assert_ok(sw_client_send_step(p->client, (const void *const *) p->actions));
        receive(p, NULL, r);
    }
    if (r != NULL) {
        fclose(r->stream);
    }
}


// ---- beginning and end --------------------------------------------------------------------------

static void prepare(player *p, const char *endpoint, const char *id, sw_autoreset mode)
{
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = endpoint;
    *p = (player){.mode = mode};
    assert_ok(sw_client_connect(&options, &p->client));
    assert_ok(local_env_open(&p->env, local_env_task(id), NULL, 0));
    twin_allocate_actions(&p->env.spec, PLAYER_ROWS, p->actions);
}

void player_open(player *p, const char *endpoint, const char *id, sw_autoreset mode, uint64_t seed)
{
    const sw_session_options session = {.env_id = id,
                                        .rows = PLAYER_ROWS,
                                        .first_row = (int64_t) seed,
                                        .seed = seed,
                                        .max_episode_steps = PLAYER_LIMIT,
                                        .autoreset = mode,
                                        .info = true};
    prepare(p, endpoint, id, mode);
    assert_ok(sw_client_open(p->client, &session));
}

void player_resume(player *p, const char *endpoint, const player *from)
{
    const sw_batch *batch = NULL;
    prepare(p, endpoint, from->env.task->id, from->mode);
    assert_ok(sw_client_resume(p->client, sw_client_session(from->client), &batch));
    assert_int_equal(batch->rows, PLAYER_ROWS);
    player_note_ends(p, NULL, batch);
}

void player_close(player *p)
{
    sw_client_close(p->client);
    twin_free_actions(&p->env.spec, p->actions);
    local_env_close(&p->env);
}
