// Replays golden trajectories, made by running the real Gymnasium: those that hold for the MuJoCo
// in use (golden_files.h), or every file in the directory STEPWIRE_GOLDEN_DIR; each a test of its
// own.
//
// A file is lines `key values`: a header, then episodes of an exact initial state and actions with
// what came of them. The reader below acts on each line as it comes: `reset_obs` sets the state,
// `action` makes a step, the others are compared with what that gave.
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden_files.h"
#include "local_env.h"
#include "mujoco_env.h"
#include "mujoco_tasks.h"

enum { MAX_LINE = 8192, MAX_NUMBERS = 512, MAX_OPTIONS = 16, QUATERNIONS_STAY = 3002000 };

typedef struct replay {
    const char *path;
    int line;
    char env_id[SW_MAX_NAME + 1];
    char texts[MAX_OPTIONS][2][128];  // names and values of the options
    int option_count;
    int mujoco;  // the version that made it
    long max_episode_steps, episodes;
    double tol_obs, tol_reward, tol_info;

    bool is_open;
    local_env env;
    long episodes_seen, steps, steps_seen;
    double state[2 * MAX_NUMBERS];  // qpos, then qvel
    int qpos_count, qvel_count;
} replay;

static void fail_at(const replay *r, const char *what)
{
    fail_msg("%s, line %d: %s", r->path, r->line, what);
}

static int read_numbers(const replay *r, const char *text, double *numbers)
{
    int count = 0;
    for (char *end; *text != '\0'; text = end) {
        if (count == MAX_NUMBERS) {
            fail_at(r, "too many numbers");
        }
        numbers[count] = strtod(text, &end);
        if (end == text) {
            fail_at(r, "not a number");
        }
        count++;
    }
    return count;
}

static void compare(const replay *r, double got, double want, double tol)
{
    const double scale = fabs(want) > 1 ? fabs(want) : 1;
    if (!(fabs(got - want) <= tol * scale)) {
        print_error("got %.17g, want %.17g, tolerance %g\n", got, want, tol * scale);
        fail_at(r, "differs");
    }
}

// ---- header ---------------------------------------------------------------------------------

// `option NAME V...`: a setting; a range has two values.
static void read_option(replay *r, const char *text)
{
    const char *space = strchr(text, ' ');
    if (space == NULL || r->option_count == MAX_OPTIONS) {
        fail_at(r, "bad option");
    }
    char(*option)[128] = r->texts[r->option_count++];
    (void) snprintf(option[0], sizeof(option[0]), "%.*s", (int) (space - text), text);
    (void) snprintf(option[1], sizeof(option[1]), "%s", space + 1);
    for (char *c = option[1]; *c != '\0'; c++) {
        *c = *c == ' ' ? ',' : *c;
    }
}

static void open_env(replay *r)
{
    const sw_env_class *task = local_env_task(r->env_id);
    int count;
    const sw_env_class *const *tasks = mujoco_tasks(&count);
    bool is_mujoco = false;
    for (int i = 0; i < count; i++) {
        is_mujoco = is_mujoco || tasks[i] == task;
    }
    if (!is_mujoco) {
        fail_at(r, "no such MuJoCo task");
    }
    sw_assignment settings[MAX_OPTIONS];
    for (int i = 0; i < r->option_count; i++) {
        settings[i] = (sw_assignment){r->texts[i][0], r->texts[i][1]};
    }
    assert_ok(local_env_open(&r->env, task, settings, r->option_count));
    r->env.spec.max_episode_steps = r->max_episode_steps;
    r->is_open = true;
}

// Keys of the header that are there for people.
static bool is_remark(const char *key)
{
    static const char remarks[] = " golden task version gymnasium numpy xml frame_skip timestep nq "
                                  "nv nu obs_dim measured_obs measured_reward measured_info ";
    char word[MAX_LINE + 2];
    (void) snprintf(word, sizeof(word), " %s ", key);
    return strstr(remarks, word) != NULL;
}

// True if `key` belongs to the header.
static bool read_header(replay *r, const char *key, const char *text)
{
    if (strcmp(key, "env_id") == 0) {
        (void) snprintf(r->env_id, sizeof(r->env_id), "%s", text);
    } else if (strcmp(key, "mujoco") == 0) {
        r->mujoco = golden_version(text);
    } else if (strcmp(key, "option") == 0) {
        read_option(r, text);
    } else if (strcmp(key, "max_episode_steps") == 0) {
        r->max_episode_steps = atol(text);
    } else if (strcmp(key, "episodes") == 0) {
        r->episodes = atol(text);
    } else if (strcmp(key, "tol_obs") == 0) {
        r->tol_obs = atof(text);
    } else if (strcmp(key, "tol_reward") == 0) {
        r->tol_reward = atof(text);
    } else if (strcmp(key, "tol_info") == 0) {
        r->tol_info = atof(text);
    } else {
        return is_remark(key);
    }
    return true;
}

// ---- episodes -------------------------------------------------------------------------------

static void begin_episode(replay *r, const char *text)
{
    if (!r->is_open) {
        open_env(r);
    }
    assert_int_equal(r->steps_seen, r->steps);
    const char *steps = strstr(text, " steps ");
    if (steps == NULL) {
        fail_at(r, "no number of steps");
    }
    r->steps = atol(steps + 7);
    r->steps_seen = 0;
    r->episodes_seen++;
}

static void check_observation(const replay *r, const char *text)
{
    double want[MAX_NUMBERS];
    assert_int_equal(read_numbers(r, text, want), sw_tensor_elements(&r->env.spec.observations[0]));
    const double *got = r->env.observations[0];
    for (int64_t i = 0; i < sw_tensor_elements(&r->env.spec.observations[0]); i++) {
        compare(r, got[i], want[i], r->tol_obs);
    }
}

// Up to 3.1 MuJoCo normalised quaternions where they were, so that the first observation of a robot
// that is free in space tells which of the two it was; the steps that follow do not.
static bool shows_its_version(const replay *r)
{
    const mjModel *model = ((const mujoco_env *) r->env.env)->model;
    return model->jnt_type[0] == mjJNT_FREE &&
           (r->mujoco < QUATERNIONS_STAY) != (golden_library() < QUATERNIONS_STAY);
}

static void set_state(replay *r, const char *text)
{
    const int format = 1;
    assert_int_equal((size_t) (r->qpos_count + r->qvel_count) * sizeof(double),
                     r->env.task->state_size(r->env.env, format));
    assert_ok(local_env_load(&r->env, r->env.task->state_formats[format], r->state));
    if (!shows_its_version(r)) {
        check_observation(r, text);
    }
}

static void make_step(replay *r, const char *text)
{
    double action[MAX_NUMBERS];
    const int count = read_numbers(r, text, action);
    assert_int_equal(count, sw_tensor_elements(&r->env.spec.actions[0]));
    memcpy(r->env.actions[0], action, (size_t) count * sizeof(*action));
    assert_ok(local_env_step(&r->env));
    r->steps_seen++;
}

static int find_info(const replay *r, const char *name)
{
    for (int i = 0; i < r->env.spec.info_count; i++) {
        if (strcmp(r->env.spec.infos[i].name, name) == 0) {
            return i;
        }
    }
    fail_at(r, "no such info column");
    return -1;
}

// `info NAME V...`: one value is column NAME, several are NAME[0], NAME[1]...
static void check_info(const replay *r, const char *text)
{
    const size_t length = strcspn(text, " ");
    double want[MAX_NUMBERS];
    const int count = read_numbers(r, text + length, want);
    for (int i = 0; i < count; i++) {
        char name[SW_MAX_NAME + 1];
        (void) snprintf(name, sizeof(name), count == 1 ? "%.*s" : "%.*s[%d]", (int) length, text,
                        i);
        compare(r, r->env.row.infos[find_info(r, name)], want[i], r->tol_info);
    }
}

static void read_episode(replay *r, const char *key, const char *text)
{
    if (strcmp(key, "episode") == 0) {
        begin_episode(r, text);
    } else if (strcmp(key, "qpos") == 0) {
        r->qpos_count = read_numbers(r, text, r->state);
    } else if (strcmp(key, "qvel") == 0) {
        r->qvel_count = read_numbers(r, text, r->state + r->qpos_count);
    } else if (strcmp(key, "reset_obs") == 0) {
        set_state(r, text);
    } else if (strcmp(key, "step") == 0) {
        assert_int_equal(atol(text), r->steps_seen + 1);
    } else if (strcmp(key, "action") == 0) {
        make_step(r, text);
    } else if (strcmp(key, "obs") == 0) {
        check_observation(r, text);
    } else if (strcmp(key, "reward") == 0) {
        compare(r, r->env.row.reward, atof(text), r->tol_reward);
    } else if (strcmp(key, "terminated") == 0) {
        assert_int_equal(r->env.row.terminated, atol(text));
    } else if (strcmp(key, "truncated") == 0) {
        assert_int_equal(r->env.row.truncated, atol(text));
    } else if (strcmp(key, "info") == 0 || strcmp(key, "reset_info") == 0) {
        check_info(r, text);
    } else {
        fail_at(r, "unknown key");
    }
}

static void the_trajectory_is_gymnasiums(void **state)
{
    replay r = {.path = *state};
    FILE *file = fopen(r.path, "r");
    if (file == NULL) {
        fail_msg("cannot read %s", r.path);
    }
    for (char line[MAX_LINE]; fgets(line, sizeof(line), file) != NULL;) {
        r.line++;
        line[strcspn(line, "\n")] = '\0';
        char *space = strchr(line, ' ');
        if (space == NULL) {
            fail_at(&r, "no value");
            break;
        }
        *space = '\0';
        if (!read_header(&r, line, space + 1)) {
            read_episode(&r, line, space + 1);
        }
    }
    (void) fclose(file);
    assert_true(r.is_open);
    assert_int_equal(r.steps_seen, r.steps);
    assert_int_equal(r.episodes_seen, r.episodes);
    local_env_close(&r.env);
}

int main(void)
{
    static char paths[GOLDEN_MAX_FILES][GOLDEN_MAX_PATH];
    static struct CMUnitTest tests[GOLDEN_MAX_FILES];
    const char *chosen = getenv("STEPWIRE_GOLDEN_DIR");
    const int count =
        chosen != NULL ? golden_files_in(chosen, paths) : golden_files(golden_library(), paths);
    if (count == 0) {
        print_error("no golden trajectories in %s\n", chosen != NULL ? chosen : "golden/mujoco-*");
        return 1;
    }
    for (int i = 0; i < count; i++) {
        tests[i] = (struct CMUnitTest){
            .name = paths[i], .test_func = the_trajectory_is_gymnasiums, .initial_state = paths[i]};
    }
    // The function behind cmocka_run_group_tests(), which wants an array of fixed size.
    return _cmocka_run_group_tests("golden", tests, (size_t) count, NULL, NULL);
}
