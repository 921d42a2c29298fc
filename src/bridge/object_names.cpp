// See object_names.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/object_names.hpp"

#include <algorithm>

extern "C" {
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "commands/defrem.h"
#include "mb/pg_wchar.h"
#include "parser/parse_target.h"
}

namespace hotswap::bridge {

namespace {

// The first of label, label1, label2 ... that nobody has.
template <typename IsTaken> std::string first_free(unsigned relation, const std::string &columns, const char *label, IsTaken is_taken)
{
    const char *second = columns.empty() ? nullptr : columns.c_str();
    for (int pass = 0;; ++pass) {
        const std::string word = pass == 0 ? std::string(label) : label + std::to_string(pass);
        const char *chars = word.c_str();
        const std::string name = guarded([=] {
            return static_cast<const char *>(::makeObjectName(::get_rel_name(relation), second, chars));
        });
        if (!is_taken(name))
            return name;
    }
}

bool contains(const TakenNames &taken, const std::string &name)
{
    return std::find(taken.begin(), taken.end(), name) != taken.end();
}

}  // namespace

std::string choose_constraint_name(unsigned relation, const std::string &columns, const char *label, const TakenNames &taken)
{
    return first_free(relation, columns, label, [&](const std::string &name) {
        const char *chars = name.c_str();
        return contains(taken, name) || guarded([=] { return ::ConstraintNameExists(chars, ::get_rel_namespace(relation)); });
    });
}

std::string choose_index_name(unsigned relation, const std::string &columns, const char *label, const TakenNames &taken)
{
    const bool constraint = strcmp(label, "key") == 0 || strcmp(label, "pkey") == 0;
    return first_free(relation, columns, label, [&](const std::string &name) {
        const char *chars = name.c_str();
        return contains(taken, name) || guarded([=] {
                   const Oid schema = ::get_rel_namespace(relation);
                   return OidIsValid(::get_relname_relid(chars, schema)) || (constraint && ::ConstraintNameExists(chars, schema));
               });
    });
}

std::string joined_columns(const std::vector<std::string> &columns)
{
    std::string text;
    for (const std::string &column : columns) {
        text += (text.empty() ? "" : "_") + column;
        if (text.size() >= NAMEDATALEN)
            break;
    }
    return text;
}

std::vector<std::string> index_columns(List *keys, List *included)
{
    std::vector<std::string> names;
    for (List *list : {keys, included}) {
        ListCell *cell;
        foreach (cell, list) {
            auto *key = lfirst_node(IndexElem, cell);
            const std::string wanted = key->indexcolname != nullptr ? plain(key->indexcolname)
                                       : key->name != nullptr       ? plain(key->name)
                                                                    : std::string("expr");
            std::string name = wanted;
            for (int number = 1; contains(names, name); ++number) {
                const std::string digits = std::to_string(number);
                const char *chars = wanted.c_str();
                const int limit = NAMEDATALEN - 1 - static_cast<int>(digits.size());
                const int kept = guarded([=] { return ::pg_mbcliplen(chars, static_cast<int>(strlen(chars)), limit); });
                name = wanted.substr(0, static_cast<std::size_t>(kept)) + digits;
            }
            names.push_back(name);
        }
    }
    return names;
}

std::map<unsigned, std::string> choose_names_below(unsigned relation, const std::string &columns, const char *label)
{
    std::map<unsigned, std::string> names;
    List *tables = guarded([=]() -> List * {
        if (::get_rel_relkind(relation) != RELKIND_PARTITIONED_TABLE)
            return NIL;
        return ::find_all_inheritors(relation, AccessShareLock, nullptr);
    });
    ListCell *cell;
    foreach (cell, tables)
        if (lfirst_oid(cell) != relation)
            names[lfirst_oid(cell)] = choose_index_name(lfirst_oid(cell), columns, label, {});
    return names;
}

}  // namespace hotswap::bridge
