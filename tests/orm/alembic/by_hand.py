# What a person writes into a revision, by step: before or instead of what alembic finds by itself, since it knows no renames,
# new values of an enum, CHECK constraints, CONCURRENTLY and data.
# SPDX-License-Identifier: PostgreSQL
instead = {
    6: ("op.alter_column('author', 'name', new_column_name='full_name')",
        "op.alter_column('author', 'full_name', new_column_name='name')"),
    7: ("op.rename_table('copy', 'item')", "op.rename_table('item', 'copy')"),
    10: ('''with op.get_context().autocommit_block():
        op.execute("ALTER TYPE book_kind ADD VALUE 'comic'")''', 'pass'),
    11: ('''with op.get_context().autocommit_block():
        op.create_index('author_name_lower', 'author', [sa.text('lower(full_name)')], postgresql_concurrently=True)
        op.create_index('book_keywords', 'book', ['keywords'], postgresql_using='gin', postgresql_concurrently=True)
        op.create_index('loan_open', 'loan', ['member_id'], postgresql_where=sa.text('until IS NULL'), postgresql_concurrently=True)''',
         '''with op.get_context().autocommit_block():
        op.drop_index('loan_open', 'loan', postgresql_concurrently=True)
        op.drop_index('book_keywords', 'book', postgresql_concurrently=True)
        op.drop_index('author_name_lower', 'author', postgresql_concurrently=True)'''),
    18: ('''op.drop_constraint('item_book_id_branch_id_number_key', 'item')
    op.drop_index('author_name_lower', 'author')
    op.create_check_constraint('loan_order', 'loan', 'until IS NULL OR until >= since::date', postgresql_not_valid=True)
    op.execute('ALTER TABLE loan VALIDATE CONSTRAINT loan_order')''',
         '''op.drop_constraint('loan_order', 'loan')
    op.create_index('author_name_lower', 'author', [sa.text('lower(full_name)')])
    op.create_unique_constraint('item_book_id_branch_id_number_key', 'item', ['book_id', 'branch_id', 'number'])'''),
    19: ('''member = sa.table('member', sa.column('note', sa.Text), sa.column('limit', sa.Integer))
    op.execute(member.update().where(member.c.note.is_(None)).values(note='new'))
    op.execute(member.update().where(member.c.limit < 10).values(limit=10))''', 'pass'),
}
before = {
    5: ("sa.Enum('novel', 'poetry', name='book_kind').create(op.get_bind(), checkfirst=False)",),
    9: ("op.execute(\"UPDATE member SET email = 'unknown-' || id || '@example.org' WHERE email IS NULL\")",
        "op.execute(\"UPDATE item SET shelf = '?' WHERE shelf IS NULL\")"),
    17: ("op.create_check_constraint('book_price', 'book', 'price >= 0')",
         "op.create_check_constraint('member_limit', 'member', sa.column('limit') <= 100)"),
}
