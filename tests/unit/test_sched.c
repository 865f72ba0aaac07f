// SPDX-License-Identifier: Apache-2.0
// core/sched.c: shares by weight, wake-ups in time, nobody starved or forgotten, placement. The
// fake machine's time passes only in turn(), so each test is a schedule played through.
#include "unit.h"

#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/sched.h>
#include <hv/time.h>
#include <hv/timer.h>
#include <hv/vcpu.h>
#include <hv/vm.h>

#define US     1000UL
#define MS     1000000UL
#define SECOND 1000000000UL

static struct vm *vm;
static struct cpu other; /* a second cpu, of which nothing runs by itself */
static u64 ran[VM_CPUS_MAX];

static void cpu_prepare(struct cpu *cpu, u32 index)
{
	cpu->index = index;
	cpu->online = true;
	cpus[index] = cpu;
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	memset(ran, 0, sizeof(ran));
	other = (struct cpu){.trace = cpu_this()->trace};
	list_init(&other.timers);
	list_init(&other.runq);
	list_init(&other.urgent);
	cpu_prepare(cpu_this(), 0);
	cpu_prepare(&other, 1);
	cpu_count = 2;
	vm = fake_vm(0, PAGE_SIZE);
	vm->config.cpus = VM_CPUS_MAX;
	vm->config.weight = CONFIG_WEIGHT_DEFAULT;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_vm_free(vm);
	return 0;
}

static void nothing(struct vcpu *vcpu, void *arg)
{
	(void)vcpu;
	(void)arg;
}

/* A vCPU that runs whenever it may, from now on. */
static struct vcpu *hog(u32 index, u32 weight)
{
	struct vcpu *vcpu = fake_vcpu(vm, index);

	vcpu->weight = weight;
	assert_true(sched_start(vcpu, nothing, NULL));
	return vcpu;
}

/* The next vCPU's turn on this cpu: at most `ns`, less if its slice ends; then `leave`. */
static struct vcpu *turn(u64 ns, u32 leave)
{
	struct vcpu *vcpu = sched_pick();
	u64 until = fake_now + ns;

	assert_non_null(vcpu);
	assert_int_equal(vcpu->state, VCPU_RUNNING);
	if (timer_armed(&cpu_this()->slice))
		until = MIN(until, cpu_this()->slice.deadline);
	ran[vcpu->index] += until - fake_now;
	fake_now = until;
	timer_interrupt();
	vcpu->leave = leave;
	sched_put(vcpu);
	return vcpu;
}

/* Whose turn is next. */
static const struct vcpu *first_of(const struct cpu *cpu)
{
	assert_false(list_empty(&cpu->runq));
	return list_first(&cpu->runq, struct vcpu, node);
}

static void assert_share(u32 index, u64 of, u64 percent)
{
	u64 share = ran[index] * 1000 / of;

	assert_in_range(share, percent * 10 - 10, percent * 10 + 10);
}

/* A vCPU that sleeps. */
static struct vcpu *sleeper(u32 index, u32 weight)
{
	struct vcpu *vcpu = hog(index, weight);

	while (vcpu->state != VCPU_IDLE) {
		struct vcpu *running = sched_pick();

		running->leave = running == vcpu ? LEAVE_IDLE : 0;
		fake_now += US;
		sched_put(running);
	}
	return vcpu;
}

/* ---- Shares ---- */

static void test_equal(void **state)
{
	(void)state;
	for (u32 i = 0; i < 3; i++)
		hog(i, CONFIG_WEIGHT_DEFAULT);
	while (fake_now < 3 * SECOND)
		turn(SECOND, 0);
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(ran[i], SECOND);
		assert_int_equal(vm->vcpus[i]->ran, SECOND);
	}
}

static void test_weights(void **state)
{
	(void)state;
	hog(0, 100);
	hog(1, 300);
	hog(2, 600);
	while (fake_now < 10 * SECOND)
		turn(SECOND, 0);
	assert_share(0, fake_now, 10);
	assert_share(1, fake_now, 30);
	assert_share(2, fake_now, 60);
}

/* What counts is the time, not how often: the second gives its turns up early. */
static void test_short_turns(void **state)
{
	struct vcpu *second;

	(void)state;
	hog(0, CONFIG_WEIGHT_DEFAULT);
	second = hog(1, CONFIG_WEIGHT_DEFAULT);
	while (fake_now < 10 * SECOND) {
		bool short_one = first_of(cpu_this()) == second;

		turn(short_one ? 300 * US : SECOND, 0);
	}
	assert_share(0, fake_now, 50);
	assert_share(1, fake_now, 50);
}

static void test_extremes(void **state)
{
	(void)state;
	hog(0, 1);
	hog(1, CONFIG_WEIGHT_MAX);
	while (fake_now < 300 * SECOND)
		turn(SECOND, 0);
	/* It is due once in 10001 slices, and gets that. */
	assert_in_range(ran[0], 28 * MS, 32 * MS);
}

/* Whoever comes later begins where the others are. */
static void test_late(void **state)
{
	(void)state;
	hog(0, CONFIG_WEIGHT_DEFAULT);
	turn(3600 * SECOND, 0);
	hog(1, CONFIG_WEIGHT_DEFAULT);
	ran[0] = 0;
	for (u32 i = 0; i < 200; i++)
		turn(SECOND, 0);
	assert_share(0, ran[0] + ran[1], 50);
}

/* ---- Slices ---- */

static void test_lone(void **state)
{
	struct vcpu *lone, *second;

	(void)state;
	second = sleeper(1, CONFIG_WEIGHT_DEFAULT);
	lone = hog(0, CONFIG_WEIGHT_DEFAULT);
	assert_ptr_equal(sched_pick(), lone);
	assert_false(timer_armed(&cpu_this()->slice));
	assert_false(cpu_this()->resched);
	/* Its slice begins when another wants the cpu, whoever of them has it then. */
	fake_now += SECOND;
	sched_wake(second);
	assert_true(cpu_this()->resched);
	sched_put(lone);
	sched_pick();
	assert_true(timer_armed(&cpu_this()->slice));
	assert_int_equal(cpu_this()->slice.deadline, fake_now + SCHED_SLICE);
	fake_now += SCHED_SLICE;
	timer_interrupt();
	assert_true(cpu_this()->resched);
}

static void test_give_way(void **state)
{
	struct vcpu *first = hog(0, CONFIG_WEIGHT_MAX), *second = hog(1, 1);

	(void)state;
	assert_ptr_equal(sched_pick(), first);
	cpu_this()->current = first;
	sched_give_way();
	cpu_this()->current = NULL;
	assert_true(cpu_this()->resched);
	sched_put(first);
	assert_ptr_equal(turn(SECOND, 0), second);
	/* Once, and it has lost nothing by it. */
	assert_ptr_equal(turn(SECOND, 0), first);
	assert_ptr_equal(turn(SECOND, 0), first);
}

/* Alone it goes on. */
static void test_give_way_lone(void **state)
{
	struct vcpu *lone = hog(0, 1);

	(void)state;
	cpu_this()->current = sched_pick();
	sched_give_way();
	cpu_this()->current = NULL;
	sched_put(lone);
	assert_ptr_equal(turn(MS, 0), lone);
}

/* ---- Waking ---- */

/* One that has had less than its share does not wait for the slice of another to end. */
static void test_wake_latency(void **state)
{
	struct vcpu *woken = sleeper(0, CONFIG_WEIGHT_DEFAULT);

	(void)state;
	for (u32 i = 1; i < 4; i++)
		hog(i, CONFIG_WEIGHT_DEFAULT);
	for (u32 i = 0; i < 10; i++)
		turn(SECOND, 0);
	for (u32 i = 0; i < 1000; i++) {
		struct vcpu *running = sched_pick();

		fake_now += SCHED_SLICE / 2;
		sched_wake(woken);
		assert_true(cpu_this()->resched);
		sched_put(running);
		assert_ptr_equal(turn(SCHED_SLICE / 10, LEAVE_IDLE), woken);
	}
}

/* It does so only with the time that it has left alone, and never with more than SCHED_CREDIT. */
static void test_wake_credit(void **state)
{
	struct vcpu *woken = sleeper(0, CONFIG_WEIGHT_DEFAULT);
	u64 first = 0;

	(void)state;
	hog(1, CONFIG_WEIGHT_DEFAULT);
	turn(3600 * SECOND, 0);
	sched_wake(woken);
	while (first_of(cpu_this()) == woken)
		first += 100 * US, turn(100 * US, 0);
	assert_in_range(first, SCHED_CREDIT, SCHED_CREDIT + 100 * US);
}

/* Many short sleeps are no way to get more than a share. */
static void test_no_starvation(void **state)
{
	struct vcpu *greedy = sleeper(0, CONFIG_WEIGHT_DEFAULT);
	u64 start, last, longest = 0;

	(void)state;
	hog(1, CONFIG_WEIGHT_DEFAULT);
	start = last = fake_now;
	while (fake_now < start + 10 * SECOND) {
		u64 before = ran[1];

		sched_wake(greedy);
		turn(MS, first_of(cpu_this()) == greedy ? LEAVE_IDLE : 0);
		if (ran[1] != before)
			last = fake_now;
		longest = MAX(longest, fake_now - last);
	}
	assert_share(1, fake_now - start, 50);
	assert_in_range(longest, 0, 2 * SCHED_CREDIT + SCHED_SLICE);
}

/* One that waits for its turn gets a short one for an interrupt, and loses none by it. */
static void test_urgent(void **state)
{
	struct vcpu *waiting;
	u64 all;

	(void)state;
	for (u32 i = 0; i < 4; i++)
		hog(i, CONFIG_WEIGHT_DEFAULT);
	for (u32 round = 0; round < 1000; round++) {
		struct vcpu *running = sched_pick();

		waiting = vm->vcpus[(running->index + 2) % 4];
		fake_now += SCHED_SLICE / 2;
		ran[running->index] += SCHED_SLICE / 2;
		sched_wake(waiting);
		assert_true(cpu_this()->resched);
		assert_int_equal(waiting->state, VCPU_READY);
		sched_wake(waiting); /* once is enough */
		sched_put(running);
		all = ran[waiting->index];
		assert_ptr_equal(turn(SECOND, 0), waiting);
		assert_int_equal(ran[waiting->index] - all, SCHED_URGENT);
		turn(SECOND, 0);
	}
	for (u32 i = 0; i < 4; i++)
		assert_share(i, fake_now, 25);
}

/* However many interrupts it gets, it does not get more than its share. */
static void test_urgent_bounded(void **state)
{
	struct vcpu *flooded;

	(void)state;
	hog(0, CONFIG_WEIGHT_DEFAULT);
	flooded = hog(1, CONFIG_WEIGHT_DEFAULT);
	while (fake_now < 10 * SECOND) {
		sched_wake(flooded);
		turn(10 * US, 0);
	}
	assert_share(0, fake_now, 50);
}

/* One that has had its share does not interrupt, nor is a cpu kicked for it. */
static void test_wake_in_debt(void **state)
{
	struct vcpu *woken = hog(0, CONFIG_WEIGHT_DEFAULT);

	(void)state;
	turn(SECOND, LEAVE_IDLE);
	hog(1, CONFIG_WEIGHT_DEFAULT);
	hog(2, CONFIG_WEIGHT_DEFAULT);
	/* The newcomers began where it is: now it is a second ahead of the next to run. */
	woken->vtime += SECOND;
	sched_pick();
	fake_cpu = &other;
	sched_wake(woken);
	assert_int_equal(woken->state, VCPU_READY);
	assert_int_equal(cpus[0]->arch.ipis, 0);
	assert_false(cpus[0]->resched);
	fake_cpu = cpus[0];
	assert_true(timer_armed(&cpu_this()->slice));
}

/* A wake-up from elsewhere, at each moment of a vCPU's life. */
static void test_wake_states(void **state)
{
	struct vcpu *vcpu = fake_vcpu(vm, 0);

	(void)state;
	fake_cpu = &other;
	sched_wake(vcpu); /* OFF: it is not for it to start a CPU */
	assert_int_equal(vcpu->state, VCPU_OFF);
	assert_int_equal(cpus[0]->arch.ipis, 0);
	sched_start(vcpu, nothing, NULL);
	assert_int_equal(cpus[0]->arch.ipis, 1);
	assert_false(sched_start(vcpu, nothing, NULL));
	sched_wake(vcpu); /* READY: once, it will look */
	sched_wake(vcpu);
	assert_int_equal(cpus[0]->arch.ipis, 2);
	fake_cpu = cpus[0];
	assert_ptr_equal(sched_pick(), vcpu);
	fake_cpu = &other;
	sched_wake(vcpu); /* RUNNING, perhaps about to sleep */
	assert_int_equal(cpus[0]->arch.ipis, 3);
	fake_cpu = cpus[0];
	vcpu->leave = LEAVE_IDLE;
	assert_false(sched_put(vcpu));
	assert_int_equal(vcpu->state, VCPU_READY);
	assert_ptr_equal(turn(US, LEAVE_IDLE), vcpu); /* that counted once */
	assert_int_equal(vcpu->state, VCPU_IDLE);
	assert_null(sched_pick());
	sched_wake(vcpu); /* IDLE, from its own cpu */
	assert_int_equal(cpus[0]->arch.ipis, 3);
	assert_true(cpu_this()->resched);
	assert_ptr_equal(turn(US, LEAVE_END), vcpu);
	assert_int_equal(vcpu->state, VCPU_OFF);
	assert_int_equal(vcpu->leave, LEAVE_END);
}

/* ---- Where ---- */

static void place(struct vcpu *vcpu, u32 n)
{
	sched_place(vcpu);
	assert_ptr_equal(vcpu->cpu, cpus[n]);
	assert_int_equal(vcpu->weight, vm->config.weight);
}

static void test_place(void **state)
{
	(void)state;
	vm->config.weight = 7;
	for (u32 i = 0; i < 4; i++)
		place(fake_vcpu(vm, i), i % 2);
	sched_remove(vm->vcpus[1]);
	place(vm->vcpus[1], 1);
	other.online = false;
	place(fake_vcpu(vm, 4), 0);
}

static void test_pin(void **state)
{
	static const u32 where[] = {1, 1, 0, 1, 1};

	(void)state;
	vm->config.pin_count = 3;
	memcpy(vm->config.pin, (u8[]){1, 1, 0}, 3);
	assert_int_equal(sched_check(&vm->config), 0);
	for (u32 i = 0; i < ARRAY_LEN(where); i++)
		place(fake_vcpu(vm, i), where[i]);
}

static void check_fails(const char *line)
{
	fake_output_clear();
	assert_int_equal(sched_check(&vm->config), -EINVAL);
	assert_string_equal(fake_output, line);
}

static void test_pin_mistakes(void **state)
{
	(void)state;
	str_copy(vm->config.name, sizeof(vm->config.name), "x");
	vm->config.pin_count = 2;
	vm->config.pin[1] = 2;
	check_fails("error: x: pin: expected host cpus from 0 to 1, found 2\n");
	vm->config.pin[1] = 1;
	other.online = false;
	check_fails(
		"error: x: pin: expected host cpus from 0 to 1, found 1, which did not "
		"start\n");
	vm->config.cpus = 1;
	check_fails(
		"error: x: pin: expected at most as many host cpus as it has vCPUs, 1, "
		"found 2\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(equal),
		TEST(weights),
		TEST(short_turns),
		TEST(extremes),
		TEST(late),
		TEST(lone),
		TEST(give_way),
		TEST(give_way_lone),
		TEST(wake_latency),
		TEST(wake_credit),
		TEST(no_starvation),
		TEST(urgent),
		TEST(urgent_bounded),
		TEST(wake_in_debt),
		TEST(wake_states),
		TEST(place),
		TEST(pin),
		TEST(pin_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
