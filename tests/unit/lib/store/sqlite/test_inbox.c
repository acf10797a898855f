/* Letters between threads. */
#include <pthread.h>

#include "store/sqlite/inbox.h"
#include "support/test.h"

enum { LETTERS = 2000, SENDERS = 3 };

struct mail {
    struct letter letter;
    struct inbox *inbox;
    unsigned *opened, *discarded;
    bool closes;
};

static void open_mail(struct letter *letter)
{
    struct mail *mail = DM_CONTAINER(letter, struct mail, letter);
    ++*mail->opened;
    if (mail->closes)
        inbox_close(mail->inbox);
}

static void discard_mail(struct letter *letter)
{
    ++*DM_CONTAINER(letter, struct mail, letter)->discarded;
}

struct post {
    struct dm_loop *loop;
    struct inbox *inbox;
    unsigned opened, discarded;
    struct mail mail[LETTERS];
    struct dm_error err;
};

static struct post *post_up(void)
{
    static struct post post;
    post = (struct post){.opened = 0};
    assert_ok(dm_loop_new(&post.loop, &post.err), post.err);
    assert_ok(inbox_new(post.loop, &post.inbox, &post.err), post.err);
    for (size_t i = 0; i < LETTERS; i++) {
        post.mail[i] =
            (struct mail){.letter = {.open = open_mail, .discard = discard_mail},
                          .inbox = post.inbox,
                          .opened = &post.opened,
                          .discarded = &post.discarded};
        inbox_expect(post.inbox);
    }
    return &post;
}

static void turn(struct post *post)
{
    assert_ok(dm_loop_turn(post->loop, 20000, &post->err), post->err);
}

static void deliver(struct post *post, size_t from, size_t step)
{
    for (size_t i = from; i < LETTERS; i += step)
        inbox_deliver(post->inbox, &post->mail[i].letter);
}

struct sender {
    struct post *post;
    size_t from;
    pthread_t thread;
};

static void *send_share(void *ctx)
{
    struct sender *sender = ctx;
    deliver(sender->post, sender->from, SENDERS);
    return NULL;
}

TEST(sqlite_inbox, every_letter_is_opened_once_on_the_loop)
{
    struct post *post = post_up();
    struct sender senders[SENDERS];
    for (size_t i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.post = post, .from = i};
        cr_assert_eq(pthread_create(&senders[i].thread, NULL, send_share, &senders[i]),
                     0);
    }
    while (post->opened < LETTERS)
        turn(post);
    for (size_t i = 0; i < SENDERS; i++)
        pthread_join(senders[i].thread, NULL);
    cr_assert_eq(post->opened, LETTERS);
    inbox_close(post->inbox);
    dm_loop_free(post->loop);
}

TEST(sqlite_inbox, what_comes_after_it_closed_is_discarded)
{
    struct post *post = post_up();
    deliver(post, 0, 2);
    inbox_close(post->inbox);
    cr_assert_eq(post->discarded, LETTERS / 2);
    deliver(post, 1, 2);
    cr_assert_eq(post->discarded, LETTERS);
    cr_assert_eq(post->opened, 0);
    dm_loop_free(post->loop);
}

TEST(sqlite_inbox, a_letter_may_close_it)
{
    struct post *post = post_up();
    post->mail[9].closes = true;
    deliver(post, 0, 1);
    turn(post);
    cr_assert_eq(post->opened, 10);
    cr_assert_eq(post->discarded, LETTERS - 10);
    dm_loop_free(post->loop);
}

static void new_or_fail(struct dm_loop *loop)
{
    struct inbox *inbox = NULL;
    struct dm_error err = {0};
    cr_assert_eq(inbox_new(loop, &inbox, &err), mem_failed() ? DM_E_NOMEM : DM_OK);
    inbox_close(inbox);
}

TEST(sqlite_inbox, needs_memory)
{
    struct dm_loop *loop;
    struct dm_error err;
    assert_ok(dm_loop_new(&loop, &err), err);
    WITH_EACH_ALLOCATION_FAILING new_or_fail(loop);
    dm_loop_free(loop);
}
