// See relatives.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/relatives.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "bridge/disk.hpp"
#include "engine/catalog.hpp"

namespace hotswap::engine {

namespace {

using bridge::Rows;
using bridge::Sql;

std::vector<std::string> first_column(const Rows &rows, const std::string &name)
{
    std::vector<std::string> result;
    for (std::size_t i = 0; i < rows.size(); ++i)
        result.push_back(rows[i].text(name));
    return result;
}

// Columns of other relations of this row type, of its array type, or of types made from these.
void read_row_type_users(Sql &sql, core::TableFacts *facts)
{
    const Rows rows = sql.run(
        "WITH RECURSIVE types (oid) AS ("
        "  SELECT reltype FROM pg_class WHERE oid = $1::oid AND reltype <> 0"
        "  UNION SELECT n.oid FROM types t CROSS JOIN LATERAL ("
        "          SELECT y.oid FROM pg_type y WHERE y.typelem = t.oid AND y.typcategory = 'A'"
        "          UNION ALL SELECT y.oid FROM pg_type y WHERE y.typbasetype = t.oid"
        "          UNION ALL SELECT r.rngtypid FROM pg_range r WHERE r.rngsubtype = t.oid"
        "          UNION ALL SELECT c.reltype FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'c'"
        "                     WHERE a.atttypid = t.oid AND NOT a.attisdropped) n)"
        " SELECT pg_describe_object('pg_class'::regclass, a.attrelid, a.attnum) AS column_text"
        "   FROM types t JOIN pg_attribute a ON a.atttypid = t.oid AND NOT a.attisdropped AND a.attnum > 0"
        "   JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'm', 'p') ORDER BY 1",
        {static_cast<std::int64_t>(facts->oid)});
    facts->row_type_users = first_column(rows, "column_text");
}

void read_tree(Sql &sql, core::TableFacts *root)
{
    read_descendants(sql, root);
    read_row_type_users(sql, root);
    for (core::TableFacts &below : root->descendants)
        read_row_type_users(sql, &below);
}

// Follows foreign keys from the altered columns: each step is a table and the columns of it that are altered along.
void read_referencing(Sql &sql, const std::vector<std::string> &altered, core::TableFacts *facts)
{
    std::set<std::pair<std::string, std::string>> seen;   // "schema"."table", column
    std::vector<std::pair<const core::TableFacts *, std::string>> open;
    std::vector<core::TableFacts> found;
    found.reserve(1024);   // pointers into it stay right; more tables than that are refused by the planner, as unknown
    for (const std::string &column : altered)
        open.emplace_back(facts, column);
    while (!open.empty()) {
        const auto [table, column] = open.back();
        open.pop_back();
        for (const core::ForeignKey &key : table->incoming) {
            const auto at = std::find(key.referenced_columns.begin(), key.referenced_columns.end(), column);
            if (at == key.referenced_columns.end())
                continue;
            const std::string follower = key.columns[static_cast<std::size_t>(at - key.referenced_columns.begin())];
            if (!seen.emplace(key.schema + "." + key.table, follower).second)
                continue;
            const core::TableFacts *owner = key.schema == facts->schema && key.table == facts->name ? facts : nullptr;
            for (const core::TableFacts &other : found)
                if (other.schema == key.schema && other.name == key.table)
                    owner = &other;
            if (owner == nullptr && found.size() < 1024) {
                const Rows rows = sql.run("SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2",
                                          {key.schema, key.table});
                found.push_back(read_facts(sql, static_cast<unsigned>(rows[0].integer("oid")), {}));
                read_tree(sql, &found.back());
                owner = &found.back();
            }
            if (owner != nullptr)
                open.emplace_back(owner, follower);
        }
    }
    facts->referencing = std::move(found);
}

}  // namespace

void read_descendants(Sql &sql, core::TableFacts *facts)
{
    if (!facts->has_children)
        return;
    const Rows rows = sql.run("WITH RECURSIVE tree (relation, parent, depth) AS ("
                              "  SELECT inhrelid, inhparent, 1 FROM pg_inherits WHERE inhparent = $1::oid"
                              "  UNION ALL SELECT i.inhrelid, i.inhparent, t.depth + 1 FROM pg_inherits i JOIN tree t ON t.relation = i.inhparent)"
                              " SELECT relation, max(parent::bigint) AS parent, max(depth) AS depth FROM tree GROUP BY relation ORDER BY 3, 1",
                              {static_cast<std::int64_t>(facts->oid)});
    for (std::size_t i = 0; i < rows.size(); ++i) {
        core::TableFacts below = read_facts(sql, static_cast<unsigned>(rows[i].integer("relation")), {});
        below.parent = static_cast<unsigned>(rows[i].integer("parent"));
        below.depth = static_cast<int>(rows[i].integer("depth"));
        facts->descendants.push_back(std::move(below));
    }
}

void read_relatives(Sql &sql, const std::vector<std::string> &altered, bool cascade, core::TableFacts *facts)
{
    read_tree(sql, facts);
    if (cascade)
        read_referencing(sql, altered, facts);
    if (altered.empty())
        return;
    std::vector<unsigned> relations = {facts->oid};
    for (const core::TableFacts &below : facts->descendants)
        relations.push_back(below.oid);
    for (const core::TableFacts &other : facts->referencing) {
        relations.push_back(other.oid);
        for (const core::TableFacts &below : other.descendants)
            relations.push_back(below.oid);
    }
    facts->views = read_views(sql, relations);
    if (!facts->views.empty())
        facts->default_grantees = first_column(
            sql.run("SELECT DISTINCT coalesce(r.rolname::text, '') AS grantee FROM pg_default_acl d, aclexplode(d.defaclacl) a"
                    "  LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE d.defaclobjtype = 'r' ORDER BY 1"),
            "grantee");
}

void read_sizes_of_originals(Sql &sql, const bridge::Rehearsal &clones, core::TableFacts *facts)
{
    // What the script makes is as empty as its clone.
    const unsigned original = clones.original_of(facts->oid);
    if (original != 0 && original != facts->oid) {
        const Rows rows = sql.run("SELECT pg_relation_size(oid) / current_setting('block_size')::bigint AS blocks, greatest(reltuples, 0) AS tuples,"
                                  "       pg_indexes_size(oid) / current_setting('block_size')::bigint AS index_blocks FROM pg_class WHERE oid = $1::oid",
                                  {static_cast<std::int64_t>(original)});
        if (!rows.empty()) {
            facts->blocks = rows[0].integer("blocks");
            facts->rows = rows[0].number("tuples");
            facts->index_blocks = rows[0].integer("index_blocks");
        }
    }
    for (core::TableFacts &below : facts->descendants)
        read_sizes_of_originals(sql, clones, &below);
    for (core::TableFacts &other : facts->referencing)
        read_sizes_of_originals(sql, clones, &other);
}

void read_space(Sql &sql, core::TableFacts *facts)
{
    const bridge::Row row = sql.run("SELECT pg_indexes_size(c.oid) / current_setting('block_size')::bigint AS index_blocks, c.reltablespace"
                                    "  FROM pg_class c WHERE c.oid = $1::oid",
                                    {static_cast<std::int64_t>(facts->oid)})[0];
    facts->index_blocks = row.integer("index_blocks");
    facts->free_bytes = bridge::room_in(static_cast<unsigned>(row.integer("reltablespace"))).free_bytes;
}

}  // namespace hotswap::engine
