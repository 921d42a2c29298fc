// See twin_heap.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/twin_heap.hpp"

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"
#include "bridge/own_heap.hpp"

extern "C" {
#include "access/attmap.h"
#include "access/reloptions.h"
#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/heap.h"
#include "catalog/index.h"
#include "catalog/pg_index.h"
#include "catalog/indexing.h"
#include "catalog/pg_am.h"
#include "catalog/pg_extension.h"
#include "catalog/toasting.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "commands/tablespace.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "optimizer/optimizer.h"
#include "parser/parse_utilcmd.h"
#include "utils/datum.h"
#include "utils/snapmgr.h"
}

namespace hotswap::bridge {

struct HeapShape::Facts {
    TupleDesc columns;
    Oid tablespace, access_method, owner;
    char persistence;
    Datum options, toast_options;    // 0 when there are none
    List *indexes;                   // IndexStmt
    List *checks;                    // Constraint
};

namespace {

Datum option(HeapTuple tuple, AttrNumber number)
{
    bool null;
    const Datum value = ::SysCacheGetAttr(RELOID, tuple, number, &null);
    return null ? Datum{0} : ::datumCopy(value, false, -1);
}

// Storage parameters as the catalog has them, the TOAST table's apart.
void read_options(Relation relation, Datum *options, Datum *toast_options)
{
    HeapTuple tuple = ::SearchSysCache1(RELOID, ObjectIdGetDatum(RelationGetRelid(relation)));
    *options = option(tuple, Anum_pg_class_reloptions);
    ::ReleaseSysCache(tuple);
    *toast_options = 0;
    if (!OidIsValid(relation->rd_rel->reltoastrelid))
        return;
    tuple = ::SearchSysCache1(RELOID, ObjectIdGetDatum(relation->rd_rel->reltoastrelid));
    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "cache lookup failed for relation %u", relation->rd_rel->reltoastrelid);
    *toast_options = option(tuple, Anum_pg_class_reloptions);
    ::ReleaseSysCache(tuple);
}

// Values are written as given: what a generated column holds was computed before.
TupleDesc plain_columns(Relation relation)
{
    TupleDesc columns = ::CreateTupleDescCopy(RelationGetDescr(relation));
    for (int i = 0; i < columns->natts; ++i) {
        const Form_pg_attribute a = TupleDescAttr(columns, i);
        const Form_pg_attribute original = TupleDescAttr(RelationGetDescr(relation), i);
        a->attnotnull = original->attnotnull && !original->attisdropped;
        a->attidentity = '\0';
        a->attgenerated = '\0';
    }
    return columns;
}

List *clone_indexes(Relation relation)
{
    List *result = NIL;
    AttrMap *same = ::make_attrmap(RelationGetDescr(relation)->natts);
    for (int i = 0; i < same->maplen; ++i)
        same->attnums[i] = static_cast<AttrNumber>(i + 1);
    ListCell *cell;
    foreach (cell, ::RelationGetIndexList(relation)) {
        Relation index = ::index_open(lfirst_oid(cell), AccessShareLock);
        IndexStmt *statement = ::generateClonedIndexStmt(nullptr, index, same, nullptr);
        statement->oldCreateSubid = InvalidSubTransactionId;
        // Only what the index itself forbids is wanted, not the constraint; but an exclusion has its operators in one.
        statement->primary = false;
        statement->isconstraint = statement->excludeOpNames != NIL;
        statement->deferrable = statement->initdeferred = false;
        // A name in any case: otherwise default_tablespace would be asked.
        const Oid space = index->rd_rel->reltablespace;
        statement->tableSpace = ::get_tablespace_name(OidIsValid(space) ? space : MyDatabaseTableSpace);
        statement->idxname = pstrdup(RelationGetRelationName(index));
        result = lappend(result, statement);
        ::index_close(index, NoLock);
    }
    return result;
}

struct Names {
    const char *const *items;
    int count;

    bool has(const char *name) const
    {
        for (int i = 0; i < count; ++i)
            if (strcmp(items[i], name) == 0)
                return true;
        return false;
    }
};

bool reads_one_of(Node *expression, TupleDesc columns, const Names &names)
{
    Bitmapset *numbers = nullptr;
    ::pull_varattnos(expression, 1, &numbers);
    int member = -1;
    while ((member = ::bms_next_member(numbers, member)) >= 0) {
        const int number = member + FirstLowInvalidHeapAttributeNumber;
        if (number == 0)
            return true;
        if (number < 0)
            continue;
        if (names.has(NameStr(TupleDescAttr(columns, number - 1)->attname)))
            return true;
    }
    return false;
}

List *clone_checks(Relation relation, const Names &changed, const Names &known)
{
    List *result = NIL;
    const TupleConstr *constraints = RelationGetDescr(relation)->constr;
    for (int i = 0; constraints != nullptr && i < constraints->num_check; ++i) {
        const ConstrCheck &check = constraints->check[i];
        auto *expression = static_cast<Node *>(::stringToNode(check.ccbin));
        const char *own = psprintf("%s=%s", check.ccname, check.ccbin);
        if (!check.ccvalid || (known.has(own) && !reads_one_of(expression, RelationGetDescr(relation), changed)))
            continue;
        auto *constraint = makeNode(Constraint);
        constraint->contype = CONSTR_CHECK;
        constraint->conname = pstrdup(check.ccname);
        constraint->cooked_expr = pstrdup(check.ccbin);
        constraint->initially_valid = true;
        constraint->location = -1;
        result = lappend(result, constraint);
    }
    return result;
}

void add_checks(Oid heap, List *checks)
{
    if (checks == NIL)
        return;
    Relation relation = ::table_open(heap, AccessExclusiveLock);
    (void)::AddRelationNewConstraints(relation, NIL, static_cast<List *>(copyObjectImpl(checks)), false, true, true, nullptr);
    ::table_close(relation, NoLock);
    ::CommandCounterIncrement();
}

// Without files nobody may look into it yet: neither the planner nor an autovacuum. REINDEX makes it valid.
void mark_unbuilt(Oid index)
{
    Relation catalog = ::table_open(IndexRelationId, RowExclusiveLock);
    HeapTuple tuple = ::SearchSysCacheCopy1(INDEXRELID, ObjectIdGetDatum(index));
    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "cache lookup failed for index %u", index);
    auto *form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
    form->indisvalid = form->indisready = false;
    ::CatalogTupleUpdate(catalog, &tuple->t_self, tuple);
    ::table_close(catalog, RowExclusiveLock);
    ::CommandCounterIncrement();
}

void add_indexes(Oid heap, const char *name, List *indexes, bool files)
{
    int number = 0;
    ListCell *cell;
    foreach (cell, indexes) {
        auto *statement = static_cast<IndexStmt *>(copyObjectImpl(lfirst(cell)));
        statement->idxname = psprintf("%s_%d", name, ++number);
        // Exclusion operators need a relation to name in messages only.
        statement->relation = makeRangeVar(pstrdup("hotswap"), pstrdup(name), -1);
        compat_define_index(heap, statement, !files);
        ::CommandCounterIncrement();
        if (!files)
            mark_unbuilt(::get_relname_relid(statement->idxname, schema_oid()));
    }
}

}  // namespace

HeapShape HeapShape::of(unsigned table, const std::vector<std::string> &changed_columns, const std::vector<std::string> &known_checks)
{
    std::vector<const char *> changed_names, known_names;
    for (const std::string &name : changed_columns)
        changed_names.push_back(name.c_str());
    for (const std::string &name : known_checks)
        known_names.push_back(name.c_str());
    const Names changed = {changed_names.data(), static_cast<int>(changed_names.size())};
    const Names known = {known_names.data(), static_cast<int>(known_names.size())};
    HeapShape shape;
    shape.facts_ = guarded([=] {
        auto *facts = static_cast<Facts *>(::palloc0(sizeof(Facts)));
        Relation relation = ::table_open(table, AccessShareLock);
        facts->columns = plain_columns(relation);
        facts->tablespace = relation->rd_rel->reltablespace;
        facts->access_method = relation->rd_rel->relam;
        facts->owner = relation->rd_rel->relowner;
        facts->persistence = relation->rd_rel->relpersistence;
        read_options(relation, &facts->options, &facts->toast_options);
        facts->indexes = clone_indexes(relation);
        facts->checks = clone_checks(relation, changed, known);
        ::table_close(relation, NoLock);
        return facts;
    });
    const int indexes = list_length(shape.facts_->indexes);
    for (int i = 0; i < indexes; ++i)
        shape.index_names_.emplace_back(static_cast<IndexStmt *>(list_nth(shape.facts_->indexes, i))->idxname);
    const int checks = list_length(shape.facts_->checks);
    for (int i = 0; i < checks; ++i) {
        const auto *check = static_cast<Constraint *>(list_nth(shape.facts_->checks, i));
        shape.checks_.push_back(std::string(check->conname) + "=" + check->cooked_expr);
    }
    return shape;
}

unsigned HeapShape::create(const std::string &name, unsigned table, bool index_files) const
{
    const Facts *facts = facts_;
    const char *text = name.c_str();
    return guarded([=] {
        const Oid heap = create_own_heap(text, table, facts->columns, facts->tablespace, facts->access_method, facts->owner,
                                     facts->persistence, facts->options, facts->toast_options);
        add_checks(heap, facts->checks);
        add_indexes(heap, text, facts->indexes, index_files);
        return heap;
    });
}

std::string index_name(const std::string &heap, std::size_t number)
{
    return heap + "_" + std::to_string(number);
}

unsigned index_of(unsigned table, const std::string &name)
{
    const char *text = name.c_str();
    return guarded([table, text] {
        Relation relation = ::table_open(table, AccessShareLock);
        Oid found = InvalidOid;
        ListCell *cell;
        foreach (cell, ::RelationGetIndexList(relation)) {
            const char *candidate = ::get_rel_name(lfirst_oid(cell));
            if (candidate != nullptr && strcmp(candidate, text) == 0)
                found = lfirst_oid(cell);
        }
        ::table_close(relation, NoLock);
        return found;
    });
}

std::string snapshot_text()
{
    struct Plain {
        const TransactionId *running, *sub;
        std::uint32_t running_count, sub_count;
        TransactionId xmin, xmax;
        bool overflowed;
    };
    const Plain s = guarded([] {
        const Snapshot snapshot = ::GetLatestSnapshot();
        return Plain{snapshot->xip,  snapshot->subxip, snapshot->xcnt,         static_cast<std::uint32_t>(snapshot->subxcnt),
                     snapshot->xmin, snapshot->xmax,   snapshot->suboverflowed};
    });
    std::string text = std::to_string(s.xmin) + ":" + std::to_string(s.xmax) + ":";
    bool first = true;
    for (std::uint32_t i = 0; i < s.running_count + s.sub_count; ++i) {
        text += (first ? "" : ",") + std::to_string(i < s.running_count ? s.running[i] : s.sub[i - s.running_count]);
        first = false;
    }
    return text + (s.overflowed ? "+" : "");
}

}  // namespace hotswap::bridge
