#include "house.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "test.h"

void house_enter(house *h, sw_server_options options, double timeout)
{
    assert_int_equal(pipe(h->gate), 0);
    options.step_timeout = timeout;
    served_start(&h->s, &options, &stuck_env);
    h->seq = 0;
}

void house_open_gate(house *h, int times)
{
    for (int i = 0; i < times; i++) {
        assert_int_equal(write(h->gate[1], "x", 1), 1);
    }
}

void house_wait_gate(const house *h, int left)
{
    for (int tries = 0;; tries++) {
        int bytes;
        assert_int_equal(ioctl(h->gate[0], FIONREAD, &bytes), 0);
        if (bytes == left) {
            return;
        }
        assert_true(tries < SERVED_PATIENCE_MS);
        poll(NULL, 0, 1);
    }
}

void house_leave(house *h)
{
    served_finish(&h->s);
    close(h->gate[0]);
    close(h->gate[1]);
}

void stuck_open_init(stuck_open *o, const house *h, uint64_t token, const char *where)
{
    *o = (stuck_open){.body = open_fake(token, 1),
                      .gate = STEPWIRE__SETTING__INIT,
                      .where = STEPWIRE__SETTING__INIT,
                      .settings = {&o->gate, &o->where}};
    o->body.env_id = "Stuck-v0";
    o->body.settings = o->settings;
    o->body.n_settings = 2;
    o->gate.name = "gate";
    o->gate.type = STEPWIRE__SETTING_TYPE__INT;
    o->gate.int_value = h->gate[0];
    o->where.name = "where";
    o->where.type = STEPWIRE__SETTING_TYPE__STRING;
    o->where.string_value = (char *) where;
}

uint64_t house_open(house *h, uint64_t token, const char *where)
{
    stuck_open o;
    stuck_open_init(&o, h, token, where);
    h->seq = 0;
    return served_open(&h->s, &o.body);
}

Stepwire__Reply *house_ask(house *h, uint64_t session, Stepwire__Request__KindCase kind,
                           const void *body)
{
    return served_ask(&h->s, session, ++h->seq, kind, body);
}

Stepwire__Reply *house_reset(house *h, uint64_t session)
{
    const Stepwire__Reset body = STEPWIRE__RESET__INIT;
    return house_ask(h, session, STEPWIRE__REQUEST__KIND_RESET, &body);
}

Stepwire__Reply *house_close(house *h, uint64_t session)
{
    const Stepwire__Close body = STEPWIRE__CLOSE__INIT;
    return house_ask(h, session, STEPWIRE__REQUEST__KIND_CLOSE, &body);
}

void house_expect_service(house *h, uint64_t token)
{
    const Stepwire__Open open = open_fake(token, 2);
    step_fake body;
    step_fake_init(&body, 2);
    const uint64_t session = served_open(&h->s, &open);
    h->seq = 0;
    served_expect(house_reset(h, session), STEPWIRE__REPLY__RESULT_RESET);
    served_expect(house_ask(h, session, STEPWIRE__REQUEST__KIND_STEP, &body.body),
                  STEPWIRE__REPLY__RESULT_STEP);
    served_expect(house_close(h, session), STEPWIRE__REPLY__RESULT_CLOSED);
}

void house_send_reset(house *h, uint64_t session)
{
    const Stepwire__Reset body = STEPWIRE__RESET__INIT;
    served_send(&h->s, session, 1, STEPWIRE__REQUEST__KIND_RESET, &body);
}

uint64_t house_open_short(house *h, uint64_t token, step_fake *step)
{
    stuck_open like;
    stuck_open_init(&like, h, token, "none");
    Stepwire__Open open = open_fake(token, 1);
    open.settings = like.settings;
    open.n_settings = 1;  // the gate
    const uint64_t session = served_open(&h->s, &open);
    h->seq = 0;
    served_expect(house_reset(h, session), STEPWIRE__REPLY__RESULT_RESET);
    step_fake_init(step, 1);
    for (int t = 0; t < 60; t++) {
        served_expect(house_ask(h, session, STEPWIRE__REQUEST__KIND_STEP, &step->body),
                      STEPWIRE__REPLY__RESULT_STEP);
    }
    return session;
}
