// What the statistics say of the values in a table, at no cost: that a statement fails, or may. They are as old as the last
// ANALYZE; the exact answer is survey_checks.cpp's. And sequences near their end. See surveying.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/guard.hpp"
#include "bridge/surveying.hpp"

extern "C" {
#include "access/tableam.h"
#include "catalog/dependency.h"
#include "catalog/pg_sequence.h"
#include "catalog/pg_statistic.h"
#include "commands/sequence.h"
#include "mb/pg_wchar.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "utils/acl.h"
#include "utils/rls.h"
#include "utils/selfuncs.h"
}

namespace hotswap::bridge {

namespace {

// As the view pg_stats asks.
bool may_read(Oid relation, AttrNumber column)
{
    return (::pg_class_aclcheck(relation, ::GetUserId(), ACL_SELECT) == ACLCHECK_OK ||
            ::pg_attribute_aclcheck(relation, column, ::GetUserId(), ACL_SELECT) == ACLCHECK_OK) &&
           ::check_enable_rls(relation, InvalidOid, true) != RLS_ENABLED;
}

// Null when there are none, or not for the caller. To be released.
HeapTuple statistics_of(Oid relation, AttrNumber column)
{
    if (!OidIsValid(relation) || column <= 0 || !may_read(relation, column))
        return nullptr;
    const bool inherited = ::get_rel_relkind(relation) == RELKIND_PARTITIONED_TABLE;
    HeapTuple tuple = ::SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(relation), Int16GetDatum(column), BoolGetDatum(inherited));
    return HeapTupleIsValid(tuple) ? tuple : nullptr;
}

const char *percent(double share)
{
    return share < 0.01 ? psprintf("%.2g %%", 100 * share) : psprintf("%.0f %%", 100 * share);
}

const char *shortened(Oid type, Datum value)
{
    Oid output;
    bool varlena;
    ::getTypeOutputInfo(type, &output, &varlena);
    char *text = ::OidOutputFunctionCall(output, value);
    const int most = ::pg_mbcliplen(text, static_cast<int>(strlen(text)), 60);
    text[most] = '\0';
    return text;
}

// The first of the values that ANALYZE kept which is refused by the conversion; with the server's words.
const char *refused_value(const AttStatsSlot &slot, Oid given, Oid type, int32 modifier)
{
    MemoryContext memory = CurrentMemoryContext;
    ResourceOwner owner = CurrentResourceOwner;
    const char *volatile refused = nullptr;
    volatile int number = 0;
    ::BeginInternalSubTransaction(nullptr);
    ::MemoryContextSwitchTo(memory);
    PG_TRY();
    {
        int16 length;
        bool by_value;
        ::get_typlenbyval(given, &length, &by_value);
        for (int i = 0; i < slot.nvalues; ++i) {
            number = i;
            auto *value = reinterpret_cast<Node *>(makeConst(given, -1, ::get_typcollation(given), length, slot.values[i], false, by_value));
            Node *cast = ::coerce_to_target_type(::make_parsestate(nullptr), value, given, type, modifier, COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);
            if (cast != nullptr)
                (void)::eval_const_expressions(nullptr, cast);
        }
    }
    PG_CATCH();
    {
        ::MemoryContextSwitchTo(memory);
        ErrorData *error = ::CopyErrorData();
        if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
            PG_RE_THROW();
        ::FlushErrorState();
        refused = error->message;
    }
    PG_END_TRY();
    ::RollbackAndReleaseCurrentSubTransaction();
    ::MemoryContextSwitchTo(memory);
    CurrentResourceOwner = owner;
    return refused == nullptr ? nullptr : psprintf("%s does not fit: %s", shortened(given, slot.values[number]), refused);
}

}  // namespace

void hint_nulls(Finding *f, Oid relation, AttrNumber column)
{
    HeapTuple tuple = statistics_of(relation, column);
    if (tuple == nullptr)
        return;
    const double share = reinterpret_cast<Form_pg_statistic>(GETSTRUCT(tuple))->stanullfrac;
    ::ReleaseSysCache(tuple);
    if (share > 0)
        warn(f, "about %s of %s are null, by the statistics of the last ANALYZE: the statement fails while there is one", percent(share),
             ::get_attname(relation, column, false));
}

void hint_duplicates(Finding *f, Oid relation, AttrNumber column)
{
    HeapTuple tuple = statistics_of(relation, column);
    if (tuple == nullptr)
        return;
    const auto form = reinterpret_cast<Form_pg_statistic>(GETSTRUCT(tuple));
    const char *name = ::get_attname(relation, column, false);
    AttStatsSlot slot;
    // A value is common only when the sample had it twice.
    if (::get_attstatsslot(&slot, tuple, STATISTIC_KIND_MCV, InvalidOid, ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS)) {
        warn(f, "%s is not unique, by the statistics of the last ANALYZE: %s of the rows have %s", name, percent(slot.numbers[0]),
             shortened(slot.valuetype, slot.values[0]));
        ::free_attstatsslot(&slot);
    } else if (form->stadistinct > -0.95 && form->stadistinct < 0 && form->stanullfrac < 0.05)
        warn(f, "%s is not unique, by the statistics of the last ANALYZE: it has about %.0f different values in 100 rows", name, -100 * form->stadistinct);
    ::ReleaseSysCache(tuple);
}

void hint_values(Finding *f, Oid relation, AttrNumber column, Oid type, int32 modifier)
{
    const Oid given = ::get_atttype(relation, column);
    // Casts of the server's own only: nobody else's code runs here.
    if (given >= FirstNormalObjectId || type >= FirstNormalObjectId)
        return;
    HeapTuple tuple = statistics_of(relation, column);
    if (tuple == nullptr)
        return;
    const char *refused = nullptr;
    for (const int kind : {STATISTIC_KIND_MCV, STATISTIC_KIND_HISTOGRAM}) {
        AttStatsSlot slot;
        if (refused != nullptr || !::get_attstatsslot(&slot, tuple, kind, InvalidOid, ATTSTATSSLOT_VALUES))
            continue;
        if (slot.valuetype == given || IsBinaryCoercible(slot.valuetype, given))
            refused = refused_value(slot, given, type, modifier);
        ::free_attstatsslot(&slot);
    }
    ::ReleaseSysCache(tuple);
    if (refused != nullptr)
        warn(f, "the statement fails by the statistics of the last ANALYZE: in %s, the value %s", ::get_attname(relation, column, false), refused);
}

namespace {

int64 greatest(Oid type)
{
    return type == INT2OID ? PG_INT16_MAX : type == INT4OID ? PG_INT32_MAX : PG_INT64_MAX;
}

// Where it is now. Its page is read as any table's, because nextval's own way takes a stronger lock. False: not for the caller.
bool position_of(Oid sequence, int64 *value)
{
    if (::pg_class_aclcheck(sequence, ::GetUserId(), ACL_SELECT | ACL_USAGE) != ACLCHECK_OK || !::ConditionalLockRelationOid(sequence, AccessShareLock))
        return false;
    bool found = false;
    if (Relation opened = ::try_relation_open(sequence, NoLock)) {
        TableScanDesc scan = ::table_beginscan(opened, ::GetTransactionSnapshot(), 0, nullptr);
        if (HeapTuple tuple = ::heap_getnext(scan, ForwardScanDirection)) {
            *value = reinterpret_cast<Form_pg_sequence_data>(GETSTRUCT(tuple))->last_value;
            found = true;
        }
        ::table_endscan(scan);
        ::relation_close(opened, NoLock);
    }
    ::UnlockRelationOid(sequence, AccessShareLock);
    return found;
}

void warn_of_sequence(Finding *f, Oid relation, Oid sequence)
{
    Oid owner;
    int32 column = 0;
    int64 value;
    if ((!::sequenceIsOwned(sequence, DEPENDENCY_AUTO, &owner, &column) && !::sequenceIsOwned(sequence, DEPENDENCY_INTERNAL, &owner, &column)) ||
        !position_of(sequence, &value))
        return;
    HeapTuple tuple = ::SearchSysCache1(SEQRELID, ObjectIdGetDatum(sequence));
    if (!HeapTupleIsValid(tuple))
        return;
    const auto form = reinterpret_cast<Form_pg_sequence>(GETSTRUCT(tuple));
    const Oid type = ::get_atttype(relation, static_cast<AttrNumber>(column));
    const int64 most = Min(form->seqmax, greatest(type));
    const bool counts_down = form->seqincrement < 0, begins_again = form->seqcycle;
    ::ReleaseSysCache(tuple);
    if (counts_down || begins_again || most <= 0 || static_cast<double>(value) <= 0.7 * static_cast<double>(most))
        return;
    warn(f, "sequence %s is at %.0f %% of the end of %s (%s): " INT64_FORMAT " values are left", shown(sequence),
         100 * static_cast<double>(value) / static_cast<double>(most), ::get_attname(relation, static_cast<AttrNumber>(column), false),
         ::format_type_be(type), most > value ? most - value : 0);
}

}  // namespace

void warn_of_sequences(List *findings)
{
    List *done = NIL;
    ListCell *finding, *cell, *sequence;
    foreach (finding, findings) {
        auto *f = static_cast<Finding *>(lfirst(finding));
        foreach (cell, f->seen) {
            const auto *seen = static_cast<Seen *>(lfirst(cell));
            if (seen->role != Role::target || seen->fresh || f->skipped || !OidIsValid(seen->oid) || ::list_member_oid(done, seen->oid) ||
                ::get_rel_relkind(seen->oid) == '\0')
                continue;
            done = lappend_oid(done, seen->oid);
            foreach (sequence, ::getOwnedSequences(seen->oid))
                warn_of_sequence(f, seen->oid, lfirst_oid(sequence));
        }
    }
}

}  // namespace hotswap::bridge
