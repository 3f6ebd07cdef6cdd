#include "adder_task.h"

#include <string.h>

#include "codec.h"

enum { ARENA_BYTES = 8 << 20 };

static void make_spec(sw_spec *spec)
{
    const double low = -100, high = 100;
    const sw_tensor sum = {.name = "sum", .dtype = SW_FLOAT64, .dims = 1, .shape = {1}};
    const sw_tensor add = {.name = "add", .dtype = SW_FLOAT64, .low = &low, .high = &high};
    const sw_setting gain = {.name = "gain",
                             .type = SW_FLOAT,
                             .initial.f = 1,
                             .low = 0,
                             .high = 10,
                             .doc = "what an action is multiplied by"};
    must(sw_spec_init(spec, "Adder-v0") == SW_OK);
    must(sw_spec_add_setting(spec, &gain) == SW_OK);
    must(sw_spec_add_observation(spec, &sum) == SW_OK);
    must(sw_spec_add_action(spec, &add) == SW_OK);
}

void adder_task_init(adder_task *p)
{
    make_spec(&p->spec);
    must(arena_init(&p->arena, ARENA_BYTES) == SW_OK);
}

void adder_task_free(adder_task *p)
{
    sw_spec_free(&p->spec);
    arena_free(&p->arena);
}

static void observe(adder_task *p, double *sums, int rows)
{
    p->observations[0] =
        (ProtobufCBinaryData){.len = (size_t) rows * sizeof(double), .data = (uint8_t *) sums};
}

// Rows [count] of a request, which lists them; an empty list is all of them. Row numbers are good,
// because the client's are.
static size_t pick(const adder_task *p, size_t n_listed, const uint32_t *listed, uint32_t *rows)
{
    for (uint32_t i = 0; i < (uint32_t) p->rows; i++) {
        rows[i] = i < n_listed ? listed[i] : i;
    }
    return n_listed > 0 ? n_listed : (size_t) p->rows;
}

// Moves flags, sums and seeds of rows together.
static void gather(adder_task *p, const uint32_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        p->some_flags[i] = p->flags[rows[i]];
        p->some_sums[i] = p->sums[rows[i]];
        p->some_seeds[i] = p->seeds[rows[i]];
    }
    observe(p, p->some_sums, (int) count);
}

static void reset(adder_task *p, const Stepwire__Request *request, adder_answer *a)
{
    const Stepwire__Reset *asked = request->reset;
    uint32_t rows[PEER_MAX_ROWS];
    const size_t count = pick(p, asked->n_rows, asked->rows, rows);
    for (size_t i = 0; i < count; i++) {
        p->sums[rows[i]] = 0;
        p->flags[rows[i]] = SW_FIRST;
        p->seeds[rows[i]] = asked->n_seeds > 0 ? asked->seeds[i] : p->seeds[rows[i]];
        p->seeds[rows[i]] += asked->n_episodes > 0 ? asked->episodes[i] : 0;
    }
    gather(p, rows, count);
    a->reset.flags = (ProtobufCBinaryData){.len = count, .data = p->some_flags};
    a->reset.n_seeds = count;
    a->reset.seeds = p->some_seeds;
    a->reset.n_observations = 1;
    a->reset.observations = p->observations;
    a->reply.result_case = STEPWIRE__REPLY__RESULT_RESET;
    a->reply.reset = &a->reset;
}

static void get_state(adder_task *p, const Stepwire__Request *request, adder_answer *a)
{
    uint32_t rows[PEER_MAX_ROWS];
    const size_t count = pick(p, request->get_state->n_rows, request->get_state->rows, rows);
    gather(p, rows, count);
    a->blobs = arena_alloc(&p->arena, count * sizeof(*a->blobs));
    must(a->blobs != NULL);
    for (size_t i = 0; i < count; i++) {
        a->blobs[i] = (ProtobufCBinaryData){sizeof(double), (uint8_t *) &p->some_sums[i]};
    }
    a->states.format = "sum";
    a->states.n_states = count;
    a->states.states = a->blobs;
    a->reply.result_case = STEPWIRE__REPLY__RESULT_STATES;
    a->reply.states = &a->states;
}

static void set_state(adder_task *p, const Stepwire__Request *request, adder_answer *a)
{
    const Stepwire__SetState *asked = request->set_state;
    uint32_t rows[PEER_MAX_ROWS];
    const size_t count = pick(p, asked->n_rows, asked->rows, rows);
    must(asked->n_states == count);
    for (size_t i = 0; i < count; i++) {
        must(asked->states[i].len == sizeof(double));
        memcpy(&p->sums[rows[i]], asked->states[i].data, sizeof(double));
        p->flags[rows[i]] = 0;
    }
    gather(p, rows, count);
    a->state_set.flags = (ProtobufCBinaryData){.len = count, .data = p->some_flags};
    a->state_set.n_observations = 1;
    a->state_set.observations = p->observations;
    a->reply.result_case = STEPWIRE__REPLY__RESULT_STATE_SET;
    a->reply.state_set = &a->state_set;
}

static void render(adder_task *p, const Stepwire__Request *request, adder_answer *a)
{
    const Stepwire__Render *asked = request->render;
    must((uint64_t) asked->width * asked->height <= ADDER_MAX_PIXELS);
    a->rendered.width = asked->width;
    a->rendered.height = asked->height;
    a->rendered.rgb.len = (size_t) 3 * asked->width * asked->height;
    a->rendered.rgb.data = p->rgb;
    memset(p->rgb, (int) asked->row, a->rendered.rgb.len);
    a->reply.result_case = STEPWIRE__REPLY__RESULT_RENDERED;
    a->reply.rendered = &a->rendered;
}

static void resume(adder_task *p, adder_answer *a)
{
    observe(p, p->sums, p->rows);
    must(codec_pack_spec(&p->spec, NULL, &p->arena, &a->resumed.spec) == SW_OK);
    a->resumed.seq = p->answered;
    a->resumed.flags = (ProtobufCBinaryData){.len = (size_t) p->rows, .data = p->flags};
    a->resumed.n_observations = 1;
    a->resumed.observations = p->observations;
    a->resumed.autoreset = STEPWIRE__AUTO_RESET_MODE__AUTORESET_SAME_STEP;
    a->resumed.lease = p->lease;
    a->reply.result_case = STEPWIRE__REPLY__RESULT_RESUMED;
    a->reply.resumed = &a->resumed;
}

// Once per number: a repeated Step gives the sums as they are.
static void step(adder_task *p, const Stepwire__Request *request, adder_answer *a)
{
    const size_t bytes = (size_t) p->rows * sizeof(double);
    must(request->step->n_actions == 1 && request->step->actions[0].len == bytes);
    if (request->seq == p->answered + 1) {
        memcpy(p->rewards, request->step->actions[0].data, bytes);
        for (int i = 0; i < p->rows; i++) {
            p->sums[i] += p->rewards[i];
        }
    }
    memset(p->flags, 0, sizeof(p->flags));
    observe(p, p->sums, p->rows);
    a->step.n_rewards = (size_t) p->rows;
    a->step.rewards = p->rewards;
    a->step.flags = (ProtobufCBinaryData){.len = (size_t) p->rows, .data = p->flags};
    a->step.n_observations = 1;
    a->step.observations = p->observations;
    a->reply.result_case = STEPWIRE__REPLY__RESULT_STEP;
    a->reply.step = &a->step;
}

static void ping(adder_task *p, const Stepwire__Request *request, adder_answer *a)
{
    a->statuses[0] = &a->status;
    a->status.state = STEPWIRE__SESSION_STATUS__STATE__IDLE;
    a->status.seq = p->answered;
    a->pong.n_sessions = request->ping->n_sessions > 0 ? 1 : 0;
    a->pong.sessions = a->statuses;
    a->reply.result_case = STEPWIRE__REPLY__RESULT_PONG;
    a->reply.pong = &a->pong;
}

static void greet(adder_task *p, adder_answer *a)
{
    a->env_ids[0] = (char *) p->spec.id;
    a->limits.max_message = ADDER_MAX_MESSAGE;
    a->welcome.major = STEPWIRE__VERSION__VERSION_MAJOR;
    a->welcome.limits = &a->limits;
    a->welcome.n_env_ids = 1;
    a->welcome.env_ids = a->env_ids;
    a->reply.result_case = STEPWIRE__REPLY__RESULT_WELCOME;
    a->reply.welcome = &a->welcome;
}

static void open(adder_task *p, const Stepwire__Request *request, adder_answer *a)
{
    must(request->open->rows <= PEER_MAX_ROWS);
    p->rows = (int) request->open->rows;
    p->lease = request->open->lease;
    p->answered = 0;
    for (int i = 0; i < p->rows; i++) {
        p->seeds[i] = request->open->base_seed + request->open->first_row + (uint64_t) i;
    }
    a->opened.session = PEER_SESSION;
    a->opened.lease = p->lease;
    must(codec_pack_spec(&p->spec, NULL, &p->arena, &a->opened.spec) == SW_OK);
    a->reply.result_case = STEPWIRE__REPLY__RESULT_OPENED;
    a->reply.opened = &a->opened;
}

static void work(adder_task *p, const Stepwire__Request *request, adder_answer *a)
{
    switch (request->kind_case) {
    case STEPWIRE__REQUEST__KIND_HELLO: greet(p, a); break;
    case STEPWIRE__REQUEST__KIND_DESCRIBE:
        must(codec_pack_spec(&p->spec, NULL, &p->arena, &a->description.spec) == SW_OK);
        a->reply.result_case = STEPWIRE__REPLY__RESULT_DESCRIPTION;
        a->reply.description = &a->description;
        break;
    case STEPWIRE__REQUEST__KIND_OPEN: open(p, request, a); break;
    case STEPWIRE__REQUEST__KIND_RESET: reset(p, request, a); break;
    case STEPWIRE__REQUEST__KIND_STEP: step(p, request, a); break;
    case STEPWIRE__REQUEST__KIND_GET_STATE: get_state(p, request, a); break;
    case STEPWIRE__REQUEST__KIND_SET_STATE: set_state(p, request, a); break;
    case STEPWIRE__REQUEST__KIND_RENDER: render(p, request, a); break;
    case STEPWIRE__REQUEST__KIND_RESUME: resume(p, a); break;
    case STEPWIRE__REQUEST__KIND_PING: ping(p, request, a); break;
    case STEPWIRE__REQUEST__KIND_CLOSE:
        a->reply.result_case = STEPWIRE__REPLY__RESULT_CLOSED;
        a->reply.closed = &a->closed;
        break;
    default:
        a->error.code = STEPWIRE__ERROR_CODE__UNIMPLEMENTED;
        a->reply.result_case = STEPWIRE__REPLY__RESULT_ERROR;
        a->reply.error = &a->error;
        break;
    }
    if (request->session != 0 && request->kind_case != STEPWIRE__REQUEST__KIND_RESUME) {
        p->answered = request->seq;
    }
}

void adder_task_answer(adder_task *p, const Stepwire__Request *request, adder_answer *a)
{
    *a = (adder_answer){.reply = STEPWIRE__REPLY__INIT,
                        .error = STEPWIRE__ERROR__INIT,
                        .welcome = STEPWIRE__WELCOME__INIT,
                        .limits = STEPWIRE__LIMITS__INIT,
                        .description = STEPWIRE__DESCRIPTION__INIT,
                        .opened = STEPWIRE__OPENED__INIT,
                        .reset = STEPWIRE__RESET_DONE__INIT,
                        .step = STEPWIRE__STEP_DONE__INIT,
                        .status = STEPWIRE__SESSION_STATUS__INIT,
                        .pong = STEPWIRE__PONG__INIT,
                        .states = STEPWIRE__STATES__INIT,
                        .state_set = STEPWIRE__STATE_SET__INIT,
                        .rendered = STEPWIRE__RENDERED__INIT,
                        .resumed = STEPWIRE__RESUMED__INIT,
                        .closed = STEPWIRE__CLOSED__INIT};
    a->reply.session = request->session;
    a->reply.seq = request->seq;
    a->reply.incarnation = PEER_INCARNATION;
    work(p, request, a);
}
