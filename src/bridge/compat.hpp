// Every difference between server versions 14 to 18, as functions. The only file that may look at PG_VERSION_NUM.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "bridge/postgres.hpp"

extern "C" {
#include "funcapi.h"
#include "nodes/nodeFuncs.h"
#include "parser/analyze.h"
#include "parser/parse_type.h"
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/regproc.h"
#if PG_VERSION_NUM >= 160000
#include "catalog/pg_authid.h"
#endif
#include "catalog/catalog.h"
#include "commands/defrem.h"
#include "storage/lock.h"
#include "storage/shmem.h"
#include "storage/smgr.h"
#include "utils/relcache.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_namespace.h"
}

#if PG_VERSION_NUM < 140000
#error "hotswap needs PostgreSQL 14 or later (TID range scans)"
#endif

namespace hotswap::bridge {

// Rows collected in a tuplestore: InitMaterializedSRF since 16, SetSingleFuncCall in 15.
inline void compat_init_materialized(FunctionCallInfo info)
{
#if PG_VERSION_NUM >= 160000
    ::InitMaterializedSRF(info, 0);
#elif PG_VERSION_NUM >= 150000
    ::SetSingleFuncCall(info, 0);
#else
    auto *result = reinterpret_cast<ReturnSetInfo *>(info->resultinfo);
    TupleDesc desc;
    if (::get_call_result_type(info, nullptr, &desc) != TYPEFUNC_COMPOSITE)
        elog(ERROR, "return type must be a row type");
    MemoryContext old = ::MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
    result->returnMode = SFRM_Materialize;
    result->setResult = ::tuplestore_begin_heap(true, false, work_mem);
    result->setDesc = ::CreateTupleDescCopy(desc);
    ::MemoryContextSwitchTo(old);
#endif
}

inline bool compat_owns_relation(Oid relation, Oid role)
{
#if PG_VERSION_NUM >= 160000
    return ::object_ownercheck(RelationRelationId, relation, role);
#else
    return ::pg_class_ownercheck(relation, role);
#endif
}

inline bool compat_may_create_in(Oid schema, Oid role)
{
#if PG_VERSION_NUM >= 160000
    return ::object_aclcheck(NamespaceRelationId, schema, role, ACL_CREATE) == ACLCHECK_OK;
#else
    return ::pg_namespace_aclcheck(schema, role, ACL_CREATE) == ACLCHECK_OK;
#endif
}

// heap update without waiting; *update_indexes says whether index entries are needed.
inline TM_Result compat_tuple_update(Relation relation, ItemPointer tid, TupleTableSlot *slot, CommandId command, Snapshot snapshot,
                                     bool wait, TM_FailureData *failure, bool *update_indexes, bool *only_summarizing)
{
    LockTupleMode mode;
#if PG_VERSION_NUM >= 160000
    TU_UpdateIndexes update = TU_None;
    const TM_Result result =
        ::table_tuple_update(relation, tid, slot, command, snapshot, InvalidSnapshot, wait, failure, &mode, &update);
    *update_indexes = update != TU_None;
    *only_summarizing = update == TU_Summarizing;
    return result;
#else
    *only_summarizing = false;
    return ::table_tuple_update(relation, tid, slot, command, snapshot, InvalidSnapshot, wait, failure, &mode, update_indexes);
#endif
}

inline void compat_insert_index_tuples(ResultRelInfo *info, TupleTableSlot *slot, EState *estate, bool only_summarizing)
{
#if PG_VERSION_NUM >= 160000
    ::list_free(::ExecInsertIndexTuples(info, slot, estate, true, false, nullptr, NIL, only_summarizing));
#else
    (void)only_summarizing;
    ::list_free(::ExecInsertIndexTuples(info, slot, estate, true, false, nullptr, NIL));
#endif
}

inline void compat_init_range_table(EState *estate, RangeTblEntry *entry)
{
#if PG_VERSION_NUM >= 180000
    ::ExecInitRangeTable(estate, list_make1(entry), NIL, ::bms_make_singleton(1));
#elif PG_VERSION_NUM >= 160000
    ::ExecInitRangeTable(estate, list_make1(entry), NIL);
#else
    ::ExecInitRangeTable(estate, list_make1(entry));
#endif
}

inline Query *compat_parse_analyze(RawStmt *statement, const char *text, QueryEnvironment *environment)
{
#if PG_VERSION_NUM >= 150000
    return ::parse_analyze_fixedparams(statement, text, nullptr, 0, environment);
#else
    return ::parse_analyze(statement, text, nullptr, 0, environment);
#endif
}

// With a value for $1 to come, when its type is given.
inline List *compat_analyze_and_rewrite(RawStmt *statement, const char *text, Oid parameter = InvalidOid)
{
    const int count = OidIsValid(parameter) ? 1 : 0;
#if PG_VERSION_NUM >= 150000
    return ::pg_analyze_and_rewrite_fixedparams(statement, text, &parameter, count, nullptr);
#else
    return ::pg_analyze_and_rewrite(statement, text, &parameter, count, nullptr);
#endif
}

inline void compat_parse_type(const char *text, Oid *type, int32 *modifier)
{
#if PG_VERSION_NUM >= 160000
    (void)::parseTypeString(text, type, modifier, nullptr);
#else
    ::parseTypeString(text, type, modifier, false);
#endif
}

inline List *compat_name_list(const char *text)
{
#if PG_VERSION_NUM >= 160000
    return ::stringToQualifiedNameList(text, nullptr);
#else
    return ::stringToQualifiedNameList(text);
#endif
}

// Up to 15 the callback is declared without parameters, which in C++ means none at all.
inline bool compat_walk_expression(Node *node, bool (*walker)(Node *, void *), void *context)
{
#if PG_VERSION_NUM >= 160000
    return ::expression_tree_walker(node, walker, context);
#else
    return ::expression_tree_walker(node, reinterpret_cast<bool (*)()>(reinterpret_cast<void *>(walker)), context);
#endif
}

// The same for trees that have not been analyzed.
inline bool compat_walk_raw(Node *node, bool (*walker)(Node *, void *), void *context)
{
#if PG_VERSION_NUM >= 160000
    return ::raw_expression_tree_walker(node, walker, context);
#else
    return ::raw_expression_tree_walker(node, reinterpret_cast<bool (*)()>(reinterpret_cast<void *>(walker)), context);
#endif
}

// Functions of a name, whatever their arguments; null when there is none.
inline FuncCandidateList compat_function_candidates(List *name)
{
    return ::FuncnameGetCandidates(name, -1, NIL, false, false, false, true);
}

// Where the text of a string constant is; null for other constants.
inline char **compat_string_of(A_Const *constant)
{
#if PG_VERSION_NUM >= 150000
    return constant->isnull || !IsA(&constant->val.node, String) ? nullptr : &constant->val.sval.sval;
#else
    return constant->val.type != T_String ? nullptr : &constant->val.val.str;
#endif
}

inline bool compat_nulls_not_distinct(const IndexStmt *node)
{
#if PG_VERSION_NUM >= 150000
    return node->nulls_not_distinct;
#else
    (void)node;
    return false;
#endif
}

// ALTER TABLE ... SET ACCESS METHOD came with 15.
inline bool compat_sets_access_method(const AlterTableCmd *command)
{
#if PG_VERSION_NUM >= 150000
    return command->subtype == AT_SetAccessMethod;
#else
    (void)command;
    return false;
#endif
}

// Generated columns that are not stored came with 18.
inline bool compat_is_virtual(const Constraint *constraint)
{
#if PG_VERSION_NUM >= 180000
    return constraint->generated_kind != ATTRIBUTE_GENERATED_STORED;
#else
    (void)constraint;
    return false;
#endif
}

inline bool compat_portal_run(Portal portal, DestReceiver *receiver, QueryCompletion *completion)
{
#if PG_VERSION_NUM >= 180000
    return ::PortalRun(portal, FETCH_ALL, true, receiver, receiver, completion);
#else
    return ::PortalRun(portal, FETCH_ALL, true, true, receiver, receiver, completion);
#endif
}

inline void compat_reserve_prefix(const char *prefix)
{
#if PG_VERSION_NUM >= 150000
    ::MarkGUCPrefixReserved(prefix);
#else
    ::EmitWarningsOnPlaceholders(prefix);
#endif
}

// The relcache entry's file is new in this (sub)transaction.
inline void compat_assume_new_file(Relation relation)
{
#if PG_VERSION_NUM >= 160000
    ::RelationAssumeNewRelfilelocator(relation);
#else
    ::RelationAssumeNewRelfilenode(relation);
#endif
}

// The fields of a relcache entry that say so.
struct FileAge {
    SubTransactionId created, newest, first;
};

inline FileAge compat_file_age(Relation relation)
{
#if PG_VERSION_NUM >= 160000
    return {relation->rd_createSubid, relation->rd_newRelfilelocatorSubid, relation->rd_firstRelfilelocatorSubid};
#else
    return {relation->rd_createSubid, relation->rd_newRelfilenodeSubid, relation->rd_firstRelfilenodeSubid};
#endif
}

inline void compat_set_file_age(Relation relation, FileAge age)
{
    relation->rd_createSubid = age.created;
#if PG_VERSION_NUM >= 160000
    relation->rd_newRelfilelocatorSubid = age.newest;
    relation->rd_firstRelfilelocatorSubid = age.first;
#else
    relation->rd_newRelfilenodeSubid = age.newest;
    relation->rd_firstRelfilenodeSubid = age.first;
#endif
}

// CREATE INDEX as a part of something else: no checks of rights or names, no notices; without_rows leaves it to be built later.
inline void compat_define_index(Oid relation, IndexStmt *statement, bool without_rows)
{
#if PG_VERSION_NUM >= 160000
    (void)::DefineIndex(relation, statement, InvalidOid, InvalidOid, InvalidOid, -1, false, false, false, without_rows, true);
#else
    (void)::DefineIndex(relation, statement, InvalidOid, InvalidOid, InvalidOid, false, false, false, without_rows, true);
#endif
}

// The relations of this database that this backend has locked at least so strongly, in memory of the caller's context.
struct OwnLock {
    Oid relation;
    int mode;
};

inline OwnLock *compat_own_locks(int least, int *count)
{
    int room = 64;
    auto *found = static_cast<OwnLock *>(::palloc(sizeof(OwnLock) * room));
    *count = 0;
    const auto take = [&](const PROCLOCK *holder) {
        const LOCKTAG &tag = holder->tag.myLock->tag;
        if (tag.locktag_type != LOCKTAG_RELATION || tag.locktag_field1 != MyDatabaseId || tag.locktag_lockmethodid != DEFAULT_LOCKMETHOD)
            return;
        int mode = AccessExclusiveLock;
        while (mode > NoLock && (holder->holdMask & LOCKBIT_ON(mode)) == 0)
            --mode;
        if (mode < least)
            return;
        if (*count == room) {
            room *= 2;
            found = static_cast<OwnLock *>(::repalloc(found, sizeof(OwnLock) * room));
        }
        found[(*count)++] = {tag.locktag_field2, mode};
    };
    for (int i = 0; i < NUM_LOCK_PARTITIONS; ++i) {
        ::LWLockAcquire(LockHashPartitionLockByIndex(i), LW_SHARED);
#if PG_VERSION_NUM >= 160000
        dlist_iter at;
        dlist_foreach(at, &MyProc->myProcLocks[i])
            take(dlist_container(PROCLOCK, procLink, at.cur));
#else
        SHM_QUEUE *queue = &MyProc->myProcLocks[i];
        for (SHM_QUEUE *at = queue;;) {
            auto *holder = reinterpret_cast<PROCLOCK *>(::SHMQueueNext(queue, at, offsetof(PROCLOCK, procLink)));
            if (holder == nullptr)
                break;
            take(holder);
            at = &holder->procLink;
        }
#endif
        ::LWLockRelease(LockHashPartitionLockByIndex(i));
    }
    return found;
}

inline void compat_close_files(Relation relation)
{
    RelationCloseSmgr(relation);   // a macro up to 16
}

}  // namespace hotswap::bridge
