// See twin_heap.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/twin_heap.hpp"

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"

extern "C" {
#include "access/attmap.h"
#include "access/reloptions.h"
#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/heap.h"
#include "catalog/index.h"
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
        if (!check.ccvalid || (known.has(check.ccname) && !reads_one_of(expression, RelationGetDescr(relation), changed)))
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

// One row of pg_class, where no command would set it.
void mark_heap(Oid heap)
{
    Relation catalog = ::table_open(RelationRelationId, RowExclusiveLock);
    HeapTuple tuple = ::SearchSysCacheCopy1(RELOID, ObjectIdGetDatum(heap));
    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "cache lookup failed for relation %u", heap);
    // Rows are deleted by key or by place; a publication FOR ALL TABLES must not ask for an identity.
    reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relreplident = REPLICA_IDENTITY_FULL;
    ::CatalogTupleUpdate(catalog, &tuple->t_self, tuple);
    ::table_close(catalog, RowExclusiveLock);

    ObjectAddress self, extension;
    ObjectAddressSet(self, RelationRelationId, heap);
    ObjectAddressSet(extension, ExtensionRelationId, ::get_extension_oid("hotswap", false));
    ::recordDependencyOn(&self, &extension, DEPENDENCY_EXTENSION);
    ::CommandCounterIncrement();
}

Oid schema_oid()
{
    return ::get_namespace_oid("hotswap", false);
}

Oid create_heap(const char *name, Oid table, TupleDesc columns, Oid tablespace, Oid access_method, Oid owner, char persistence,
                Datum options, Datum toast_options)
{
    const Oid heap = ::heap_create_with_catalog(name, schema_oid(), tablespace, InvalidOid, InvalidOid, InvalidOid, owner, access_method,
                                                columns, NIL, RELKIND_RELATION, persistence, false, false, ONCOMMIT_NOOP, options, false,
                                                true, true, table, nullptr);
    ::CommandCounterIncrement();
    ::NewHeapCreateToastTable(heap, toast_options, AccessExclusiveLock, InvalidOid);
    ::CommandCounterIncrement();
    mark_heap(heap);
    return heap;
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
    for (int i = 0; i < checks; ++i)
        shape.check_names_.emplace_back(static_cast<Constraint *>(list_nth(shape.facts_->checks, i))->conname);
    return shape;
}

unsigned HeapShape::create(const std::string &name, unsigned table, bool index_files) const
{
    const Facts *facts = facts_;
    const char *text = name.c_str();
    return guarded([=] {
        const Oid heap = create_heap(text, table, facts->columns, facts->tablespace, facts->access_method, facts->owner,
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

unsigned create_change_log(const std::string &name, unsigned table, const std::vector<std::string> &key)
{
    std::vector<const char *> columns;
    for (const std::string &column : key)
        columns.push_back(column.c_str());
    const char *text = name.c_str();
    const char *const *names = columns.data();
    const int count = static_cast<int>(columns.size());
    return guarded([=] {
        Relation relation = ::table_open(table, AccessShareLock);
        TupleDesc shape = ::CreateTemplateTupleDesc(count + 1);
        ::TupleDescInitEntry(shape, 1, "~op", CHAROID, -1, 0);
        for (int i = 0; i < count; ++i) {
            const AttrNumber number = ::get_attnum(table, names[i]);
            if (number <= 0)
                ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN), errmsg("column \"%s\" of table \"%s\" does not exist", names[i],
                                                                          RelationGetRelationName(relation))));
            const Form_pg_attribute a = TupleDescAttr(RelationGetDescr(relation), number - 1);
            ::TupleDescInitEntry(shape, static_cast<AttrNumber>(i + 2), names[i], a->atttypid, a->atttypmod, 0);
            ::TupleDescInitEntryCollation(shape, static_cast<AttrNumber>(i + 2), a->attcollation);
        }
        const Oid owner = relation->rd_rel->relowner;
        const char persistence = relation->rd_rel->relpersistence;
        ::table_close(relation, NoLock);
        return create_heap(text, table, shape, InvalidOid, HEAP_TABLE_AM_OID, owner, persistence, 0, 0);
    });
}

namespace {

struct CColumn {
    const char *name;
    Oid type;
};

Oid create_plain(const char *name, Oid table, const CColumn *columns, int count, char persistence)
{
    Relation relation = ::table_open(table, AccessShareLock);
    const Oid owner = relation->rd_rel->relowner;
    ::table_close(relation, NoLock);
    TupleDesc shape = ::CreateTemplateTupleDesc(count);
    for (int i = 0; i < count; ++i)
        ::TupleDescInitEntry(shape, static_cast<AttrNumber>(i + 1), columns[i].name, columns[i].type, -1, 0);
    return create_heap(name, table, shape, InvalidOid, HEAP_TABLE_AM_OID, owner, persistence, 0, 0);
}

}  // namespace

void create_crash_mark(const std::string &name, unsigned table)
{
    const char *text = name.c_str();
    guarded([text, table] {
        const CColumn columns[] = {{"alive", BOOLOID}};
        const Oid heap = create_plain(text, table, columns, 1, RELPERSISTENCE_UNLOGGED);
        Relation relation = ::table_open(heap, RowExclusiveLock);
        Datum value = BoolGetDatum(true);
        bool null = false;
        ::simple_heap_insert(relation, ::heap_form_tuple(RelationGetDescr(relation), &value, &null));
        ::table_close(relation, NoLock);
    });
}

void create_order(const std::string &name, unsigned table)
{
    const char *text = name.c_str();
    guarded([text, table] {
        const CColumn columns[] = {{"position", INT8OID}, {"place", TIDOID}};
        (void)create_plain(text, table, columns, 2, RELPERSISTENCE_PERMANENT);
    });
}

bool is_unlogged(unsigned relation)
{
    return guarded([relation] { return ::get_rel_persistence(relation) == RELPERSISTENCE_UNLOGGED; });
}

unsigned own_relation(const std::string &name)
{
    const char *text = name.c_str();
    return guarded([text] { return ::get_relname_relid(text, schema_oid()); });
}

void drop_own_relation(const std::string &name)
{
    const char *text = name.c_str();
    guarded([text] {
        const Oid relation = ::get_relname_relid(text, schema_oid());
        if (!OidIsValid(relation))
            return;
        ::deleteDependencyRecordsForClass(RelationRelationId, relation, ExtensionRelationId, DEPENDENCY_EXTENSION);
        ::CommandCounterIncrement();
        ObjectAddress address;
        ObjectAddressSet(address, RelationRelationId, relation);
        ::performDeletion(&address, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
        ::CommandCounterIncrement();
    });
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
