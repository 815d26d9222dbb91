#include "command/deliver.h"

#include "output/files.h"
#include "output/select.h"

bool deliver_is_there(const struct session *session, const struct use *use)
{
    return session->plan.item[use->item].state != ITEM_MISSING;
}

err deliver_value(struct session *session, const struct use *use, slice *out)
{
    slice value = session->plan.item[use->item].value;
    size_t bytes = select_room(&use->ref, value.len);
    struct buf room = arena_buf(session->arena, bytes);
    if (room.cap < bytes)
        return session_full(session, use->ref.name);
    return select_value(value, &use->ref, &room, out);
}

err deliver_values(struct session *session)
{
    struct plan *plan = &session->plan;
    struct failure first = {.message = M_NONE};
    for (size_t i = 0; i < plan->uses; i++) {
        struct use *use = &plan->use[i];
        err e = deliver_is_there(session, use) ? deliver_value(session, use, &use->value) : OK;
        if (failed(e) && first.message)
            session_say(e);
        else if (failed(e))
            err_keep(&first, e);
    }
    return err_of(&first);
}

static err write_files(struct session *session, struct output_file *file, size_t files)
{
    const struct options *options = &session->options;
    struct buf scratch = arena_buf(session->arena, FILES_SCRATCH_BYTES);
    if (scratch.cap == 0)
        return session_full(session, file->path);
    return files_write(file, files, (struct files_setting){options->mkdir, options->always}, &scratch);
}

err deliver_file(struct session *session, slice path, slice content)
{
    const struct options *options = &session->options;
    struct output_file file = {
        .path = path,
        .content = content,
        .mode = options->mode,
        .user = options->owner_user,
        .group = options->owner_group,
    };
    return write_files(session, &file, 1);
}

static struct output_file file_of(const struct options *options, const struct use *use)
{
    const struct target *target = &use->target;
    bool for_child = options->has_user && (target->user & target->group) == OWNER_KEEP;
    return (struct output_file){
        .path = target->name,
        .content = use->value,
        .mode = target->mode,
        .user = for_child ? options->user : target->user,
        .group = for_child ? options->group : target->group,
    };
}

err deliver_files(struct session *session)
{
    const struct plan *plan = &session->plan;
    size_t files = 0;
    struct output_file *file = arena_take(session->arena, (plan->uses + 1) * sizeof *file);
    if (!file)
        return session_full(session, S("the list of files"));
    for (size_t i = 0; i < plan->uses; i++)
        if (plan->use[i].target.kind == TARGET_FILE && deliver_is_there(session, &plan->use[i]))
            file[files++] = file_of(&session->options, &plan->use[i]);
    return files ? write_files(session, file, files) : OK;
}
