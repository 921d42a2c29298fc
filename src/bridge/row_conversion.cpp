// See row_conversion.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/row_conversion.hpp"

#include "bridge/compat.hpp"
#include "bridge/row_program.hpp"
#include "bridge/tree.hpp"

extern "C" {
#include "common/hashfn.h"
#include "executor/tuptable.h"
}

namespace hotswap::bridge {

namespace {

const CConversionColumn *listed(const CConversionColumn *columns, int count, const char *name)
{
    for (int i = 0; i < count; ++i)
        if (strcmp(columns[i].name, name) == 0)
            return &columns[i];
    return nullptr;
}

std::uint64_t value_image(const Form_pg_attribute a, Datum value)
{
    if (a->attbyval) {
        // Only the bytes the type has: the rest of a datum may hold anything.
        const std::uint64_t bits = a->attlen == 8 ? value : value & ((std::uint64_t{1} << (a->attlen * 8)) - 1);
        return ::hash_combine64(bits, 0x9e3779b97f4a7c15ULL);
    }
    if (a->attlen == -1) {
        const struct varlena *plain = PG_DETOAST_DATUM_PACKED(value);
        return ::hash_bytes_extended(reinterpret_cast<const unsigned char *>(VARDATA_ANY(plain)), static_cast<int>(VARSIZE_ANY_EXHDR(plain)), 1);
    }
    const auto *bytes = reinterpret_cast<const unsigned char *>(DatumGetPointer(value));
    const int length = a->attlen == -2 ? static_cast<int>(strlen(reinterpret_cast<const char *>(bytes))) : a->attlen;
    return ::hash_bytes_extended(bytes, length, 1);
}

}  // namespace

RowConversion *open_conversion(Relation from, Relation to, const CConversionColumn *columns, int count, bool only_listed)
{
    auto *c = static_cast<RowConversion *>(::palloc0(sizeof(RowConversion)));
    c->shape = RelationGetDescr(to);
    const Size natts = static_cast<Size>(c->shape->natts);
    c->sources = static_cast<RowConversion::Source *>(::palloc0(sizeof(RowConversion::Source) * natts));
    c->values = static_cast<Datum *>(::palloc0(sizeof(Datum) * natts));
    c->nulls = static_cast<bool *>(::palloc0(sizeof(bool) * natts));
    c->estate = ::CreateExecutorState();
    c->context = GetPerTupleExprContext(c->estate);
    const LockedPath path = LockedPath::enter();
    for (int i = 0; i < c->shape->natts; ++i) {
        const Form_pg_attribute a = TupleDescAttr(c->shape, i);
        c->dropped = c->dropped || a->attisdropped;
        const CConversionColumn *column = a->attisdropped ? nullptr : listed(columns, count, NameStr(a->attname));
        if (a->attisdropped || (column == nullptr ? only_listed : column->value == nullptr))
            continue;
        if (column != nullptr) {
            bool user_code = false;
            c->sources[i].program = compile_row_expression(column->value, from, nullptr, nullptr, a, &user_code);
            continue;
        }
        c->sources[i].number = ::get_attnum(RelationGetRelid(from), NameStr(a->attname));
        if (c->sources[i].number <= 0 || TupleDescAttr(RelationGetDescr(from), c->sources[i].number - 1)->atttypid != a->atttypid)
            ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                            errmsg("cannot copy column \"%s\" of table \"%s\"", NameStr(a->attname), RelationGetRelationName(from)),
                            errdetail("Its type on the other side is another one, and no conversion was planned.")));
    }
    path.leave();
    return c;
}

void convert_row(RowConversion *c, TupleTableSlot *slot)
{
    slot_getallattrs(slot);
    ::ResetExprContext(c->context);
    c->context->ecxt_scantuple = slot;
    for (int i = 0; i < c->shape->natts; ++i) {
        const RowConversion::Source &source = c->sources[i];
        if (source.program != nullptr) {
            c->values[i] = ExecEvalExprSwitchContext(source.program, c->context, &c->nulls[i]);
        } else if (source.number > 0) {
            c->values[i] = slot->tts_values[source.number - 1];
            c->nulls[i] = slot->tts_isnull[source.number - 1];
        } else {
            c->nulls[i] = true;
        }
    }
}

void close_conversion(RowConversion *c)
{
    ::FreeExecutorState(c->estate);
}

std::uint64_t row_image(TupleDesc shape, const bool *flags, const Datum *values, const bool *nulls)
{
    std::uint64_t image = 0x243f6a8885a308d3ULL;
    for (int i = 0; i < shape->natts; ++i)
        if (flags[i])
            image = ::hash_combine64(image, nulls[i] ? 0x13198a2e03707344ULL : value_image(TupleDescAttr(shape, i), values[i]));
    // The images are added up: spread what combining left in the low bits.
    image ^= image >> 33;
    image *= 0xff51afd7ed558ccdULL;
    return image ^ (image >> 33);
}

}  // namespace hotswap::bridge
