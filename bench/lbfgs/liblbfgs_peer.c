/* libLBFGS on the objective of the benchmark: liblbfgs_peer N ITERATIONS RUNS, one JSON object. */
#include <lbfgs.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long evaluations;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static lbfgsfloatval_t valleys(void *instance, const lbfgsfloatval_t *x, lbfgsfloatval_t *g, int n,
                               lbfgsfloatval_t step)
{
    (void)instance;
    (void)step;
    double slope = 99.0 / (double)(n / 2), sum = 0.0;
    for (int i = 0; i < n / 2; ++i) {
        double w = 1.0 + slope * (double)i;
        double x0 = x[2 * i], a = 1.0 - x0, b = x[2 * i + 1] - x0 * x0;
        sum += w * b * b + a * a;
        g[2 * i] = -4.0 * w * x0 * b - 2.0 * a;
        g[2 * i + 1] = 2.0 * w * b;
    }
    ++evaluations;
    return sum;
}

/* A sample a run, or, in a single run, a sample an iteration. */
struct timing {
    int warm, last, batch;
    double once, from, *samples;
    long counted, evaluations, steps, count;
};

static int progress(void *instance, const lbfgsfloatval_t *x, const lbfgsfloatval_t *g,
                    lbfgsfloatval_t fx, lbfgsfloatval_t xnorm, lbfgsfloatval_t gnorm,
                    lbfgsfloatval_t step, int n, int k, int ls)
{
    struct timing *t = instance;
    (void)x, (void)g, (void)fx, (void)xnorm, (void)gnorm, (void)step, (void)n, (void)ls;
    if (k > t->warm && (k - t->warm) % t->batch == 0) {
        double seconds = now() - t->from;
        long made = evaluations - t->counted;
        t->samples[t->count++] = (seconds - t->once * (double)made) / t->batch;
        t->evaluations += made;
        t->steps += t->batch;
    }
    if (k >= t->warm && (k - t->warm) % t->batch == 0) {
        t->counted = evaluations;
        t->from = now();
    }
    return k == t->last;
}

static int ascending(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

static void start(lbfgsfloatval_t *x, int n)
{
    for (int i = 0; i < n; ++i) {
        x[i] = i % 2 == 0 ? -1.2 : 1.0;
    }
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        return 2;
    }
    int n = atoi(argv[1]), iterations = atoi(argv[2]), runs = atoi(argv[3]);
    lbfgsfloatval_t *x = lbfgs_malloc(n), *g = lbfgs_malloc(n), fx = 0.0;
    lbfgs_parameter_t parameter;
    lbfgs_parameter_init(&parameter);
    parameter.m = 10;
    parameter.epsilon = 0.0;
    long count = 20000000 / n;
    count = count < 3 ? 3 : count > 200000 ? 200000 : count;
    double once = 1e300;
    start(x, n);
    for (int round = 0; round < 5; ++round) {
        double from = now();
        for (long k = 0; k < count; ++k) {
            fx += valleys(NULL, x, g, n, 0.0);
        }
        double each = (now() - from) / (double)count;
        once = each < once ? each : once;
    }
    int warm = iterations < 15 ? iterations : 15;
    struct timing timing = {.warm = warm,
                            .last = iterations,
                            .batch = runs > 1 ? iterations - warm : 1,
                            .once = once,
                            .samples = malloc(sizeof(double) * (size_t)(runs * iterations))};
    for (int run = 0; run < runs; ++run) {
        start(x, n);
        int status = lbfgs(n, x, &fx, valleys, progress, &timing, &parameter);
        if (status != 1) {
            fprintf(stderr, "libLBFGS ended with %d\n", status);
            return 1;
        }
    }
    qsort(timing.samples, (size_t)timing.count, sizeof(double), ascending);
    printf("{\"n\": %d, \"seconds_per_iteration\": %.9e, \"evaluations_per_iteration\": %.6f, "
           "\"seconds_per_evaluation\": %.9e}\n",
           n, timing.samples[timing.count / 4], (double)timing.evaluations / (double)timing.steps,
           once);
    free(timing.samples);
    lbfgs_free(x);
    lbfgs_free(g);
    return fx == 12345.0;
}
