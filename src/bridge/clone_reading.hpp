// What the parts of the clone set read from the catalogs. Separate from engine/catalog, which reads a whole table for a plan:
// this has to be quick, and goes by system caches and indexes only.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace hotswap::bridge {

struct OriginalConstraint {
    unsigned oid, table, referenced, index, parent;
    char kind;
    std::string name;
    std::set<std::string> columns, referenced_columns;
};

std::vector<OriginalConstraint> constraints_of(unsigned table);
// Foreign keys of others that lead to the table. From its triggers: pg_constraint has no index for the question.
std::vector<OriginalConstraint> keys_leading_to(unsigned table);
std::string text_of_constraint(unsigned constraint);   // a whole ALTER TABLE, names qualified as the search_path demands
std::string column_name(unsigned relation, int column);
std::vector<unsigned> indexes_of(unsigned table);
std::vector<unsigned> statistics_of(unsigned table);
std::vector<unsigned> triggers_of(unsigned table);      // the user's own
std::vector<unsigned> policies_of(unsigned table);
std::vector<unsigned> rules_of(unsigned table);
// That read it directly; and tables with a rule that does. With columns: those of them, or the whole row.
std::vector<unsigned> views_on(unsigned relation, const std::optional<std::set<std::string>> &about);
// Columns elsewhere that are of the table's row type or an array of it; a column of 0: a function, a domain, ...
struct RowTypeUser {
    unsigned relation;
    int column;
    bool array;
};
std::vector<RowTypeUser> users_of_row_type(unsigned table);
bool is_published(unsigned table);                       // by name, in a publication
struct OwnedSequence {
    unsigned oid;
    int column;
    bool identity;
};
std::vector<OwnedSequence> sequences_of(unsigned table);

}  // namespace hotswap::bridge
