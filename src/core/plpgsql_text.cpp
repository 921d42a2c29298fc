// The dual-write trigger as plain PL/pgSQL, for servers without the library. The decision is the truth table of
// dual_write.hpp, written out branch by branch.
// SPDX-License-Identifier: PostgreSQL
#include <fmt/format.h>

#include "core/dual_write.hpp"
#include "core/identifier.hpp"
#include "core/row_expression.hpp"

namespace hotswap::core {

namespace {

std::string field(const char *row, const SideColumn &column)
{
    return fmt::format("{}.{}", row, quote_identifier(column.name));
}

std::string some_given(const std::vector<SideColumn> &side)
{
    return joined(side, " OR ", [](const SideColumn &column) { return field("NEW", column) + " IS NOT NULL"; });
}

std::string some_changed(const std::vector<SideColumn> &side)
{
    return joined(side, " OR ",
                  [](const SideColumn &column) { return is_distinct(field("OLD", column), field("NEW", column)); });
}

std::string assignments(const std::vector<SideColumn> &target, const std::vector<SideColumn> &source,
                        const std::vector<std::string> &others)
{
    std::string text;
    for (const SideColumn &column : target)
        text += fmt::format("        {} := {};\n", field("NEW", column), evaluate(column.fill, "NEW", source, others));
    return text;
}

std::string defaults(const std::vector<SideColumn> &old_side)
{
    std::string text;
    for (const SideColumn &column : old_side)
        if (!column.default_text.empty())
            text += fmt::format("        {} := ({});\n", field("NEW", column), column.default_text);
    return text.empty() ? "        NULL;\n" : text;
}

std::string names(const std::vector<SideColumn> &side)
{
    std::vector<std::string> plain;
    plain.reserve(side.size());
    for (const SideColumn &column : side)
        plain.push_back(column.name);
    return quote_list(plain);
}

bool may_be_generated(const DualWrite &write)
{
    for (const SideColumn &column : write.old_side)
        if (column.generated_by_server)
            return true;
    return false;
}

// Two IFs instead of one OR: the second half may raise (a narrowing cast), and must not be asked when the first holds.
std::string decide_agreement(const DualWrite &write, const std::vector<std::string> &others)
{
    return fmt::format("    IF hotswap_fill = 'ask' THEN\n"
                       "        IF {} THEN\n"
                       "            hotswap_fill := 'nothing';\n"
                       "        ELSIF {} THEN\n"
                       "            IF {} THEN\n"
                       "                hotswap_fill := 'nothing';\n"
                       "            END IF;\n"
                       "        END IF;\n"
                       "    END IF;\n",
                       side_matches("NEW", write.new_side, write.old_side, others), some_given(write.new_side),
                       side_matches("NEW", write.old_side, write.new_side, others));
}

std::string group_body(const std::string &relation, const DualWrite &write, const std::vector<std::string> &all_columns)
{
    std::vector<std::string> others = other_columns(all_columns, write);
    bool new_wins = write.on_conflict == Conflict::new_wins;
    const char *insert_loses = may_be_generated(write) || new_wins ? "old_side" : "conflict";
    const char *update_loses = new_wins ? "'old_side'" : "CASE WHEN hotswap_old THEN 'conflict' ELSE 'old_side' END";
    std::string message = fmt::format("columns {} and {} of {} were written with values that do not agree", names(write.old_side),
                                      names(write.new_side), relation);
    return fmt::format("    IF TG_OP = 'INSERT' THEN\n"
                       "        hotswap_old := {old_given};\n"
                       "        hotswap_new := {new_given};\n"
                       "        hotswap_fill := CASE WHEN NOT hotswap_old AND NOT hotswap_new THEN 'defaults'\n"
                       "                             WHEN NOT hotswap_new THEN 'new_side'\n"
                       "                             WHEN NOT hotswap_old THEN 'old_side'\n"
                       "                             ELSE 'ask' END;\n"
                       "        hotswap_loses := '{insert_loses}';\n"
                       "    ELSE\n"
                       "        hotswap_old := {old_changed};\n"
                       "        hotswap_new := {new_changed};\n"
                       "        hotswap_fill := CASE WHEN hotswap_old AND NOT hotswap_new THEN 'new_side'\n"
                       "                             WHEN hotswap_new THEN 'ask'\n"
                       "                             WHEN {new_given} THEN 'nothing'\n"
                       "                             ELSE 'new_side' END;\n"
                       "        hotswap_loses := {update_loses};\n"
                       "    END IF;\n"
                       "{agreement}"
                       "    IF hotswap_fill = 'ask' THEN\n"
                       "        hotswap_fill := hotswap_loses;\n"
                       "    END IF;\n"
                       "    IF hotswap_fill = 'conflict' THEN\n"
                       "        RAISE EXCEPTION USING ERRCODE = '23000', MESSAGE = {message},\n"
                       "            HINT = 'Write only one side, or values that agree.';\n"
                       "    END IF;\n"
                       "    IF hotswap_fill = 'defaults' THEN\n"
                       "{defaults}"
                       "    END IF;\n"
                       "    IF hotswap_fill IN ('new_side', 'defaults') THEN\n"
                       "{fill_new}"
                       "    ELSIF hotswap_fill = 'old_side' THEN\n"
                       "{fill_old}"
                       "    END IF;\n",
                       fmt::arg("old_given", some_given(write.old_side)), fmt::arg("new_given", some_given(write.new_side)),
                       fmt::arg("insert_loses", insert_loses), fmt::arg("old_changed", some_changed(write.old_side)),
                       fmt::arg("new_changed", some_changed(write.new_side)), fmt::arg("update_loses", update_loses),
                       fmt::arg("agreement", decide_agreement(write, others)), fmt::arg("message", quote_literal(message)),
                       fmt::arg("defaults", defaults(write.old_side)),
                       fmt::arg("fill_new", assignments(write.new_side, write.old_side, others)),
                       fmt::arg("fill_old", assignments(write.old_side, write.new_side, others)));
}

// A dollar quote that does not occur in the body.
std::string dollar_tag(const std::string &body)
{
    std::string tag = "$hotswap$";
    for (int n = 1; body.find(tag) != std::string::npos; ++n)
        tag = fmt::format("$hotswap{}$", n);
    return tag;
}

}  // namespace

std::string plpgsql_text(const std::string &relation, const std::string &function, const std::vector<std::string> &all_columns,
                         const std::vector<DualWrite> &writes)
{
    std::string body = "\n"
                       "#variable_conflict use_column\n"
                       "DECLARE\n"
                       "    hotswap_old boolean;\n"
                       "    hotswap_new boolean;\n"
                       "    hotswap_fill text;\n"
                       "    hotswap_loses text;\n"
                       "BEGIN\n";
    for (const DualWrite &write : writes)
        body += group_body(relation, write, all_columns);
    body += "    RETURN NEW;\n"
            "END;\n";
    std::string tag = dollar_tag(body);
    std::string trigger = quote_identifier(kTriggerName);
    return fmt::format("CREATE FUNCTION {function}() RETURNS trigger\n"
                       "    LANGUAGE plpgsql\n"
                       "    SET search_path = pg_catalog, pg_temp\n"
                       "AS {tag}{body}{tag};\n"
                       "CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {relation}\n"
                       "    FOR EACH ROW EXECUTE FUNCTION {function}();\n"
                       "ALTER TABLE {relation} ENABLE ALWAYS TRIGGER {trigger};\n",
                       fmt::arg("function", function), fmt::arg("tag", tag), fmt::arg("body", body), fmt::arg("trigger", trigger),
                       fmt::arg("relation", relation));
}

}  // namespace hotswap::core
