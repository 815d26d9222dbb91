#include "command/deliver.h"

#include "output/files.h"
#include "output/select.h"

err deliver_value(struct session *session, const struct use *use, slice *out)
{
    slice value = session->plan.item[use->item].value;
    size_t bytes = select_room(&use->ref, value.len);
    struct buf room = arena_buf(session->arena, bytes);
    if (room.cap < bytes)
        return session_full(session, use->ref.name);
    return select_value(value, &use->ref, &room, out);
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
    struct buf scratch = arena_buf(session->arena, FILES_SCRATCH_BYTES);
    if (scratch.cap == 0)
        return session_full(session, path);
    return files_write(&file, 1, (struct files_setting){options->mkdir, options->always}, &scratch);
}
