// See part_statement.hpp.
//
// Only kinds of statements that are known to touch nothing but the relations they name may share a transaction with others
// (may_join); whatever is not listed here is a part by itself, and the planner judges it.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/part_statement.hpp"

#include <algorithm>

#include "core/identifier.hpp"

#include "bridge/ddl_block.hpp"
#include "bridge/object_cascade.hpp"

#include "bridge/ddl_reading.hpp"
#include "bridge/guard.hpp"
#include "bridge/tree.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "parser/parser.h"
#include "tcop/utility.h"
}

namespace hotswap::bridge {

namespace {

using core::PartStatement;

// Where CREATE would put a name without a schema. "public" when the search_path leads nowhere: CREATE will say so itself.
std::string creation_schema()
{
    const char *name = guarded([]() -> const char * {
        List *path = ::fetch_search_path(false);
        return path == NIL ? "public" : ::get_namespace_name(linitial_oid(path));
    });
    return name == nullptr ? "public" : name;
}

std::string name_of(const RangeVar *name)
{
    if (name->schemaname != nullptr)
        return core::qualified(name->schemaname, name->relname);
    const char *schema = guarded([name]() -> const char * {
        const Oid oid = ::RelnameGetRelid(name->relname);
        return OidIsValid(oid) ? ::get_namespace_name(::get_rel_namespace(oid)) : nullptr;
    });
    return core::qualified(schema != nullptr ? schema : creation_schema(), name->relname);
}

bool is_there(const RangeVar *name)
{
    return guarded([name] { return OidIsValid(::RangeVarGetRelid(name, NoLock, true)); });
}

RangeVar *relation_of(List *names, int leave_out)
{
    if (list_length(names) <= leave_out)
        return nullptr;
    return guarded([=] { return ::makeRangeVarFromNameList(::list_truncate(::list_copy(names), list_length(names) - leave_out)); });
}

class Reading {
  public:
    explicit Reading(PartStatement *statement) : statement_(*statement) {}

    void read(Node *node)
    {
        switch (nodeTag(node)) {
        case T_TransactionStmt:
        case T_DiscardStmt:
        case T_ConstraintsSetStmt:
            statement_.is_ignored = true;
            break;
        case T_SelectStmt:
            // setval, set_config and the like: for what they do, not for their rows.
            statement_.may_join = *into_of(castNode(SelectStmt, node)) == nullptr;
            statement_.is_quick = sets_a_value(castNode(SelectStmt, node));
            break;
        case T_DropStmt:
            drop(castNode(DropStmt, node));
            break;
        case T_VariableSetStmt:
            setting(castNode(VariableSetStmt, node));
            break;
        case T_CreateStmt:
            create_table(castNode(CreateStmt, node));
            break;
        case T_IndexStmt:
            if (!castNode(IndexStmt, node)->concurrent)
                join(castNode(IndexStmt, node)->relation);
            break;
        case T_DoStmt:
            block(castNode(DoStmt, node));
            break;
        case T_AlterTableStmt:
            alter_table(castNode(AlterTableStmt, node));
            break;
        case T_CommentStmt:
            comment(castNode(CommentStmt, node));
            break;
        case T_GrantStmt:
            grant(castNode(GrantStmt, node));
            break;
        case T_InsertStmt:
            if (castNode(InsertStmt, node)->withClause == nullptr)
                join(castNode(InsertStmt, node)->relation);
            break;
        case T_CreateTrigStmt:
            join(castNode(CreateTrigStmt, node)->relation);
            if (castNode(CreateTrigStmt, node)->constrrel != nullptr)
                need(castNode(CreateTrigStmt, node)->constrrel);
            break;
        case T_CreateSeqStmt: {
            auto *sequence = castNode(CreateSeqStmt, node);
            make(sequence->sequence, "SEQUENCE", sequence->if_not_exists);
            statement_.is_quick = true;
            break;
        }
        case T_AlterSeqStmt:
            join(castNode(AlterSeqStmt, node)->sequence);
            for_each_owner(castNode(AlterSeqStmt, node)->options);
            statement_.is_quick = true;
            break;
        case T_CreateTableAsStmt: {
            const auto *create = castNode(CreateTableAsStmt, node);
            if (!create->if_not_exists && create->into->rel->relpersistence != RELPERSISTENCE_TEMP)
                statement_.fills.push_back(name_to_make(create->into->rel));
            break;
        }
        case T_ViewStmt:
            if (!castNode(ViewStmt, node)->replace)
                make(castNode(ViewStmt, node)->view, "VIEW", false);
            break;
        case T_CreateEnumStmt:
            make_type(castNode(CreateEnumStmt, node)->typeName, "TYPE");
            break;
        case T_CreateDomainStmt:
            make_type(castNode(CreateDomainStmt, node)->domainname, "DOMAIN");
            break;
        case T_CompositeTypeStmt:
            make(castNode(CompositeTypeStmt, node)->typevar, "TYPE", false);
            break;
        default:
            break;
        }
    }

  private:
    void need(const RangeVar *name) { statement_.needs.push_back(name_of(name)); }

    void join(const RangeVar *name)
    {
        statement_.may_join = true;
        need(name);
    }

    // IF NOT EXISTS of what is there makes nothing, and nothing may be taken back.
    void make(const RangeVar *name, const char *kind, bool if_not_exists)
    {
        if (name->relpersistence == RELPERSISTENCE_TEMP || (name->schemaname != nullptr && strcmp(name->schemaname, "pg_temp") == 0))
            return;   // refused when it is read
        if (if_not_exists && is_there(name)) {
            statement_.may_join = true;
            return;
        }
        // Whether it makes anything is known only when it runs, and an undo must never drop what somebody else has made: the
        // planner looks again when its turn comes.
        if (if_not_exists)
            return;
        made(name_to_make(name), kind);
    }

    static std::string name_to_make(const RangeVar *name)
    {
        return name->schemaname != nullptr ? core::qualified(name->schemaname, name->relname) : core::qualified(creation_schema(), name->relname);
    }

    void make_type(List *names, const char *kind)
    {
        RangeVar *name = relation_of(names, 0);
        if (name != nullptr)
            make(name, kind, false);
    }

    void made(const std::string &name, const char *kind)
    {
        statement_.may_join = true;
        statement_.makes.push_back(name);
        statement_.undo = "DROP " + std::string(kind) + " IF EXISTS " + name;
    }

    void setting(VariableSetStmt *set)
    {
        statement_.is_ignored = true;
        if (set->name == nullptr || set->kind != VAR_SET_VALUE)
            return;
        const bool path = strcmp(set->name, "search_path") == 0, zone = pg_strcasecmp(set->name, "timezone") == 0;
        if (!path && !zone)
            return;
        const char *text = guarded([set] { return ::ExtractSetVariableArgs(set); });
        (path ? statement_.search_path : statement_.time_zone) = text == nullptr ? "" : text;
    }

    void reference(Constraint *constraint)
    {
        if (constraint->contype == CONSTR_FOREIGN && constraint->pktable != nullptr)
            need(constraint->pktable);
    }

    void constraints(List *list)
    {
        ListCell *cell;
        foreach (cell, list)
            if (IsA(lfirst(cell), Constraint))
                reference(lfirst_node(Constraint, cell));
    }

    void create_table(CreateStmt *create)
    {
        make(create->relation, "TABLE", create->if_not_exists);
        ListCell *cell;
        foreach (cell, create->inhRelations)
            need(lfirst_node(RangeVar, cell));
        foreach (cell, create->tableElts) {
            Node *element = static_cast<Node *>(lfirst(cell));
            if (IsA(element, ColumnDef))
                constraints(castNode(ColumnDef, element)->constraints);
            else if (IsA(element, Constraint))
                reference(castNode(Constraint, element));
        }
        constraints(create->constraints);
        // A table that references itself needs nothing that is not there.
        std::erase_if(statement_.needs, [this](const std::string &name) { return !statement_.makes.empty() && name == statement_.makes[0]; });
    }

    void alter_table(AlterTableStmt *alter)
    {
        if (alter->objtype != OBJECT_TABLE)
            return;
        join(alter->relation);
        statement_.is_quick = true;
        ListCell *cell;
        foreach (cell, alter->cmds) {
            auto *command = lfirst_node(AlterTableCmd, cell);
            statement_.is_quick = statement_.is_quick && command->subtype == AT_ColumnDefault;
            if (command->def == nullptr)
                continue;
            if (IsA(command->def, Constraint))
                reference(castNode(Constraint, command->def));
            else if (IsA(command->def, ColumnDef))
                constraints(castNode(ColumnDef, command->def)->constraints);
            else if (IsA(command->def, PartitionCmd))
                need(castNode(PartitionCmd, command->def)->name);
            else if (IsA(command->def, RangeVar))
                need(castNode(RangeVar, command->def));
        }
    }

    // SELECT setval('s', max(id)) FROM t: the greatest of a key is found at once.
    static bool sets_a_value(const SelectStmt *select)
    {
        if (list_length(select->targetList) != 1)
            return false;
        Node *value = linitial_node(ResTarget, select->targetList)->val;
        return value != nullptr && IsA(value, FuncCall) && strcmp(strVal(llast(castNode(FuncCall, value)->funcname)), "setval") == 0;
    }

    // A sequence, and the tables that lose a default with it.
    void drop(const DropStmt *drop)
    {
        if (drop->removeType != OBJECT_SEQUENCE || list_length(drop->objects) != 1)
            return;
        RangeVar *name = relation_of(linitial_node(List, drop->objects), 0);
        const Oid sequence = guarded([name] { return ::RangeVarGetRelid(name, NoLock, true); });
        if (!OidIsValid(sequence))
            return;
        statement_.remakes = {name_of(name)};
        for (const core::Fallen &fallen : fallen_with({RelationRelationId, sequence, 0}))
            for (const unsigned relation : fallen.relations)
                statement_.remakes.push_back(relation_text(relation));
    }

    // One forgiving statement about what the script has made goes with it.
    void block(const DoStmt *block)
    {
        ListCell *cell;
        foreach (cell, block->args) {
            auto *argument = lfirst_node(DefElem, cell);
            if (strcmp(argument->defname, "as") != 0)
                continue;
            const std::string inside = read_forgiving(strVal(argument->arg)).statement;
            const char *chars = inside.c_str();
            List *nodes = inside.empty() ? NIL : guarded([chars] { return ::pg_parse_query(chars); });
            if (list_length(nodes) == 1 && IsA(linitial_node(RawStmt, nodes)->stmt, AlterTableStmt))
                alter_table(castNode(AlterTableStmt, linitial_node(RawStmt, nodes)->stmt));
        }
    }

    void comment(CommentStmt *comment)
    {
        int leave_out = 0;
        switch (comment->objtype) {
        case OBJECT_TABLE:
        case OBJECT_VIEW:
        case OBJECT_SEQUENCE:
            break;
        case OBJECT_COLUMN:
        case OBJECT_TABCONSTRAINT:
        case OBJECT_TRIGGER:
            leave_out = 1;
            break;
        default:
            return;
        }
        if (RangeVar *name = relation_of(castNode(List, comment->object), leave_out))
            join(name);
    }

    void grant(GrantStmt *grant)
    {
        if (grant->targtype != ACL_TARGET_OBJECT || (grant->objtype != OBJECT_TABLE && grant->objtype != OBJECT_SEQUENCE))
            return;
        statement_.may_join = true;
        ListCell *cell;
        foreach (cell, grant->objects)
            need(lfirst_node(RangeVar, cell));
    }

    void for_each_owner(List *options)
    {
        ListCell *cell;
        foreach (cell, options) {
            auto *option = lfirst_node(DefElem, cell);
            if (strcmp(option->defname, "owned_by") != 0 || option->arg == nullptr || !IsA(option->arg, List))
                continue;
            if (RangeVar *name = relation_of(castNode(List, option->arg), 1))
                need(name);
        }
    }

    PartStatement &statement_;
};

}  // namespace

PartStatement read_part_statement(const std::string &text)
{
    const char *chars = text.c_str();
    List *nodes = guarded([chars] { return ::pg_parse_query(chars); });
    PartStatement statement;
    statement.text = text;
    if (list_length(nodes) == 0) {
        statement.is_ignored = true;
        return statement;
    }
    Node *node = linitial_node(RawStmt, nodes)->stmt;
    statement.tag = guarded([node] { return ::CreateCommandName(node); });
    Reading(&statement).read(node);
    return statement;
}

// With the sequence there again under its name, what it was set to can be, too.
std::vector<std::string> undo_of_remaking(const std::vector<std::string> &statements)
{
    const std::vector<std::string> remakes = read_part_statement(statements.at(0)).remakes;
    const bool again = !remakes.empty() && std::any_of(statements.begin(), statements.end(), [&](const std::string &text) {
        const std::vector<std::string> makes = read_part_statement(text).makes;
        return std::find(makes.begin(), makes.end(), remakes[0]) != makes.end();
    });
    if (!again)
        return {};
    const char *name = remakes[0].c_str();
    const Oid sequence = guarded([name] { return DatumGetObjectId(DirectFunctionCall1(::regclassin, CStringGetDatum(name))); });
    std::vector<std::string> undo = {sequence_settings(sequence)};
    for (const core::Fallen &fallen : fallen_with({RelationRelationId, sequence, 0}))
        undo.insert(undo.end(), fallen.again.begin(), fallen.again.end());
    if (const ObjectName object = name_object({RelationRelationId, sequence}); !object.comment.empty())
        undo.push_back(comment_statement(object, object.comment));
    return undo;
}

}  // namespace hotswap::bridge
