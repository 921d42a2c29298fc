// The words of plans as they are stored in the journal.
// SPDX-License-Identifier: PostgreSQL
#include "core/plan.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace hotswap::core {

namespace {

constexpr Phase kPhases[] = {Phase::expand, Phase::migrate, Phase::verify, Phase::switch_, Phase::bake, Phase::contract};
constexpr StepKind kKinds[] = {StepKind::ddl,         StepKind::index_build, StepKind::index_drop,     StepKind::validate,
                               StepKind::backfill,    StepKind::verify,      StepKind::await,          StepKind::twin_create,
                               StepKind::copy,        StepKind::twin_index,  StepKind::catch_up,       StepKind::twin_verify,
                               StepKind::switch_storage, StepKind::twin_drop,   StepKind::reindex,        StepKind::fill,
                               StepKind::detach,    StepKind::rows,           StepKind::part,
                               StepKind::flag,      StepKind::keep};

}  // namespace

const char *to_text(Phase phase)
{
    switch (phase) {
    case Phase::expand:
        return "expand";
    case Phase::migrate:
        return "migrate";
    case Phase::verify:
        return "verify";
    case Phase::switch_:
        return "switch";
    case Phase::bake:
        return "bake";
    case Phase::contract:
        return "contract";
    }
    return "unknown";
}

const char *to_text(StepKind kind)
{
    switch (kind) {
    case StepKind::ddl:
        return "ddl";
    case StepKind::index_build:
        return "index_build";
    case StepKind::index_drop:
        return "index_drop";
    case StepKind::reindex:
        return "reindex";
    case StepKind::fill:
        return "fill";
    case StepKind::validate:
        return "validate";
    case StepKind::backfill:
        return "backfill";
    case StepKind::verify:
        return "verify";
    case StepKind::await:
        return "await";
    case StepKind::twin_create:
        return "twin_create";
    case StepKind::copy:
        return "copy";
    case StepKind::twin_index:
        return "twin_index";
    case StepKind::catch_up:
        return "catch_up";
    case StepKind::twin_verify:
        return "twin_verify";
    case StepKind::switch_storage:
        return "switch_storage";
    case StepKind::twin_drop:
        return "twin_drop";
    case StepKind::part:
        return "part";
    case StepKind::keep:
        return "keep";
    case StepKind::flag:
        return "flag";
    case StepKind::detach:
        return "detach";
    case StepKind::rows:
        return "rows";
    }
    return "unknown";
}

Phase phase_from_text(const std::string &text)
{
    for (Phase phase : kPhases)
        if (text == to_text(phase))
            return phase;
    throw Error(sqlstate::kInternal, fmt::format("unknown phase \"{}\"", text));
}

StepKind step_kind_from_text(const std::string &text)
{
    for (StepKind kind : kKinds)
        if (text == to_text(kind))
            return kind;
    throw Error(sqlstate::kInternal, fmt::format("unknown kind of step \"{}\"", text));
}

}  // namespace hotswap::core
