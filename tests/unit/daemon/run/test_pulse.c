/* The pulse of a loop. */
#include "daemon/run/pulse.h"

#include "support/test.h"

TEST(pulse, is_answered_before_it_is_asked)
{
    struct pulse pulse = {.state = PULSE_ANSWERED};
    cr_assert(pulse_is_answered(&pulse));
}

TEST(pulse, is_open_until_the_loop_turns)
{
    struct pulse pulse = {.state = PULSE_ANSWERED};
    pulse_ask(&pulse);
    cr_assert_not(pulse_is_answered(&pulse));
    pulse_ask(&pulse);
    cr_assert_not(pulse_is_answered(&pulse));
    pulse_answer(&pulse);
    cr_assert(pulse_is_answered(&pulse));
}

TEST(pulse, is_not_owed_by_a_loop_that_has_ended)
{
    struct pulse pulse = {.state = PULSE_ANSWERED};
    pulse_ask(&pulse);
    pulse_end(&pulse);
    cr_assert(pulse_is_answered(&pulse));
    pulse_ask(&pulse);
    cr_assert(pulse_is_answered(&pulse));
}
