// The trigger of a dual write as SQL, its arguments both ways, and the query that proves the sides equal.
// SPDX-License-Identifier: PostgreSQL
#include "core/dual_write.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/row_expression.hpp"

namespace hotswap::core {

namespace {

void append_side(std::vector<std::string> &arguments, const char *side, const std::vector<SideColumn> &columns)
{
    for (const SideColumn &column : columns) {
        arguments.insert(arguments.end(), {side, column.name, "as", column.alias, "type", column.type, "fill", column.fill});
        if (!column.default_text.empty())
            arguments.insert(arguments.end(), {"default", column.default_text});
        if (column.generated_by_server)
            arguments.insert(arguments.end(), {"generated", "yes"});
    }
}

[[noreturn]] void malformed(const std::string &what)
{
    throw Error(sqlstate::kInternal, fmt::format("malformed arguments of trigger \"{}\"", kTriggerName), what,
                "The trigger was changed by hand. Cancel the migration that owns it.");
}

Conflict policy_from_text(const std::string &text)
{
    if (text == "error")
        return Conflict::error;
    if (text == "new_wins")
        return Conflict::new_wins;
    malformed(fmt::format("Unknown conflict policy \"{}\".", text));
}

void read_property(SideColumn &column, const std::string &key, const std::string &value)
{
    if (key == "as")
        column.alias = value;
    else if (key == "type")
        column.type = value;
    else if (key == "fill")
        column.fill = value;
    else if (key == "default")
        column.default_text = value;
    else if (key == "generated")
        column.generated_by_server = value == "yes";
    else
        malformed(fmt::format("Unknown key \"{}\".", key));
}

void check_complete(const std::vector<DualWrite> &writes)
{
    for (const DualWrite &write : writes) {
        if (write.old_side.empty() || write.new_side.empty())
            malformed("A group has only one side.");
        for (const auto *side : {&write.old_side, &write.new_side})
            for (const SideColumn &column : *side)
                if (column.name.empty() || column.alias.empty() || column.type.empty() || column.fill.empty())
                    malformed(fmt::format("Column \"{}\" is not described completely.", column.name));
    }
}

// new = up(old), or (new is not null and old = down(new)): the definition in dual_write.hpp, word for word.
std::string agreement(const DualWrite &write)
{
    std::string some_new = joined(write.new_side, " OR ", [](const SideColumn &column) {
        return fmt::format("t.{} IS NOT NULL", quote_identifier(column.name));
    });
    return fmt::format("({} OR ({} AND {}))", side_matches("t", write.new_side, write.old_side, {}), some_new,
                       side_matches("t", write.old_side, write.new_side, {}));
}

}  // namespace

std::vector<std::string> trigger_arguments(const std::vector<DualWrite> &writes)
{
    std::vector<std::string> arguments;
    for (const DualWrite &write : writes) {
        arguments.insert(arguments.end(), {"group", write.on_conflict == Conflict::new_wins ? "new_wins" : "error"});
        append_side(arguments, "old", write.old_side);
        append_side(arguments, "new", write.new_side);
    }
    return arguments;
}

std::vector<DualWrite> parse_trigger_arguments(const std::vector<std::string> &arguments)
{
    std::vector<DualWrite> writes;
    SideColumn *column = nullptr;
    if (arguments.empty() || arguments.size() % 2 != 0)
        malformed(fmt::format("Found {} arguments, expected pairs.", arguments.size()));
    for (std::size_t i = 0; i < arguments.size(); i += 2) {
        const std::string &key = arguments[i];
        const std::string &value = arguments[i + 1];
        if (key == "group") {
            writes.emplace_back().on_conflict = policy_from_text(value);
            column = nullptr;
        } else if (writes.empty()) {
            malformed(fmt::format("\"{}\" stands before the first group.", key));
        } else if (key == "old" || key == "new") {
            column = &(key == "old" ? writes.back().old_side : writes.back().new_side).emplace_back();
            column->name = value;
        } else if (!column) {
            malformed(fmt::format("\"{}\" stands before the first column of its group.", key));
        } else {
            read_property(*column, key, value);
        }
    }
    check_complete(writes);
    return writes;
}

std::vector<std::string> create_trigger_sql(const std::string &relation, const std::vector<DualWrite> &writes)
{
    std::string arguments;
    for (const std::string &argument : trigger_arguments(writes))
        arguments += fmt::format("{}{}", arguments.empty() ? "" : ", ", quote_literal(argument));
    std::string trigger = quote_identifier(kTriggerName);
    return {fmt::format("CREATE TRIGGER {} BEFORE INSERT OR UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION hotswap.dual_write({})",
                        trigger, relation, arguments),
            // ALWAYS: rows that logical replication or a restore writes must not escape it.
            fmt::format("ALTER TABLE {} ENABLE ALWAYS TRIGGER {}", relation, trigger)};
}

std::string drop_trigger_sql(const std::string &relation)
{
    return fmt::format("DROP TRIGGER IF EXISTS {} ON {}", quote_identifier(kTriggerName), relation);
}

std::string verify_sql(const std::string &relation, const std::vector<DualWrite> &writes)
{
    std::string differs;
    for (const DualWrite &write : writes)
        differs += fmt::format("{}NOT {}", differs.empty() ? "" : " OR ", agreement(write));
    return fmt::format("SELECT count(*) FROM {} AS t WHERE t.ctid >= $1::tid AND t.ctid < $2::tid AND ({})", relation, differs);
}

}  // namespace hotswap::core
