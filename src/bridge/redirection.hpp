// Makes the names in a statement's parse tree lead to clones. Only statements whose relations can all be known beforehand pass:
// this is a list of what is allowed, not of what is not.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <set>
#include <string>

#include "bridge/clone_set.hpp"

#include "bridge/postgres.hpp"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace hotswap::bridge {

class ScratchSchemas;

enum class Purpose {
    running,   // on the clones, right after
    reading,   // by a reader of DDL: nothing is taken out, and the table it is about is cloned with all that hangs on it
    looking,   // only reached and meets_script are wanted: no clone is made
};

class Redirection {
  public:
    Redirection(ScratchSchemas &schemas, CloneSet &clones, Purpose purpose = Purpose::running)
        : schemas_(schemas), clones_(clones), purpose_(purpose)
    {
    }

    // Clones what the statement names, and changes the tree. ERRORS: NotRehearsed; PgError.
    void apply(Node *statement);
    // What was taken out: with it the locks are others, though the outcome is the same.
    bool was_concurrent = false;
    bool was_query = false;      // whose rows were left out
    std::set<unsigned> reached;  // relations of the user's that it names
    bool meets_script = false;   // a name leads to what the script has made, or no more to what it has taken away
    bool meets_type = false;     // one of these is a type that the script has made
    // Whose the altered relation is; 0 for statements that make one.
    unsigned owner() const { return owner_.value_or(0); }

  private:
    [[noreturn]] static void refuse(Node *statement);
    void other(Node *statement);
    void grant(GrantStmt *statement);
    void enum_value(AlterEnumStmt *statement);
    void rows(RangeVar *table, Node *statement);
    void look_at(const CloneSet::Found &found, RangeVar *name);
    bool is_for_run() const { return purpose_ == Purpose::running; }
    static Node *as_node(void *node) { return static_cast<Node *>(node); }
    void alter_table(AlterTableStmt *statement);
    void create_table(CreateStmt *statement);
    void create_index(IndexStmt *statement);
    void drop(DropStmt *statement);
    void rename(RenameStmt *statement);
    void comment(CommentStmt *statement);
    void create_view(ViewStmt *statement);
    void create_table_as(CreateTableAsStmt *statement);
    void create_composite(CompositeTypeStmt *statement);
    void create_rule(RuleStmt *statement);
    void create_function(CreateFunctionStmt *statement);
    void create_schema(CreateSchemaStmt *statement);
    void reindex(ReindexStmt *statement);
    void set_schema(AlterObjectSchemaStmt *statement);
    void create_policy(CreatePolicyStmt *statement);
    std::set<std::string> columns_of_constraint(RangeVar *table, const std::string &name);
    void column(ColumnDef *definition);
    void constraint(Constraint *definition);
    void sequence_options(List *options);

    void existing(RangeVar *name, Depth depth, const Columns &about = std::nullopt);
    List *existing(List *names, int below, Depth depth);   // below: how many names are those of something in the relation
    void fresh(RangeVar *name);
    void fresh_beside(const RangeVar *table, const char *name);
    List *fresh_object(List *names, bool is_in_path = true);
    List *statistics(List *names);
    void type(TypeName *name);
    std::string objects_with(const std::string &schema, const std::string &type) const;   // schema of ours that has the type; empty: none
    void function(List **name);
    void sequence(Node *argument);
    void expression(Node *node);   // types, functions and sequences that the script has made
    void query(Node *node);        // and relations
    std::string creation_schema() const;

    ScratchSchemas &schemas_;
    CloneSet &clones_;
    Purpose purpose_;
    std::optional<unsigned> owner_;
    const RangeVar *being_made_ = nullptr;   // a table that may refer to itself
};

}  // namespace hotswap::bridge
