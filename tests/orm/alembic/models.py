# A library. See ../at_step for the numbers at the ends of lines.
# SPDX-License-Identifier: PostgreSQL
import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import declarative_base

Base = declarative_base(metadata=sa.MetaData(naming_convention={
    'ix': '%(column_0_label)s_idx', 'uq': '%(table_name)s_%(column_0_N_name)s_key', 'fk': '%(table_name)s_%(column_0_N_name)s_fkey',
    'pk': '%(table_name)s_pkey'}))


class Branch(Base):
    __tablename__ = 'branch'
    id = Column(sa.Integer, primary_key=True)
    name = Column(sa.String(40), nullable=False)  # @1-7
    name = Column(sa.String(120), nullable=False)  # @8
    opened = Column(sa.Date)  # @3-14
    address = Column(postgresql.JSONB, server_default='{}', nullable=False)  # @3


class Member(Base):
    __tablename__ = 'member'
    id = Column(sa.Integer, primary_key=True)  # @1-12
    id = Column(sa.BigInteger, primary_key=True)  # @13
    name = Column(sa.String(80), nullable=False)
    email = Column(sa.String(100))  # @1-8
    email = Column(sa.String(100), nullable=False)  # @9
    active = Column(sa.Boolean, nullable=False, server_default=sa.true())  # @3
    limit = Column(sa.SmallInteger, nullable=False, server_default='5')  # @3-7
    limit = Column(sa.Integer, nullable=False, server_default='10')  # @8
    branch_id = Column(sa.Integer, ForeignKey('branch.id'))  # @4
    note = Column(sa.String(200))  # @4-7
    note = Column(sa.Text, comment='only for the desk')  # @8
    __table_args__ = (sa.UniqueConstraint('email'),)  # @9


class Author(Base):
    __tablename__ = 'author'
    id = Column(sa.Integer, primary_key=True)
    name = Column(sa.String(80), nullable=False)  # @1-5
    full_name = Column(sa.String(80), nullable=False)  # @6
    born = Column(sa.SmallInteger)  # @1-16
    __table_args__ = (sa.Index('author_name_lower', sa.text('lower(full_name)')),)  # @11-17


class Book(Base):
    __tablename__ = 'book'
    id = Column(sa.Integer, primary_key=True)
    title = Column(sa.String(100), nullable=False)  # @1-7
    title = Column(sa.Text, nullable=False)  # @8
    isbn = Column(sa.String(13), unique=True)  # @2
    price = Column(sa.Numeric(6, 2))  # @1-7
    price = Column(sa.Numeric(10, 2), nullable=True)  # @8
    price_net = Column(sa.Numeric(10, 2), sa.Computed('round(price / 1.07, 2)', persisted=True))  # @14
    kind = Column(sa.Enum('novel', 'poetry', name='book_kind'), nullable=False, server_default='novel')  # @5-9
    kind = Column(sa.Enum('novel', 'poetry', 'comic', name='book_kind'), nullable=False, server_default='novel')  # @10
    keywords = Column(postgresql.ARRAY(sa.Text))  # @5
    __table_args__ = (sa.Index('book_keywords', 'keywords', postgresql_using='gin'),)  # @11


book_author = sa.Table('book_author', Base.metadata,  # @2
    Column('book_id', ForeignKey('book.id', ondelete='CASCADE'), primary_key=True),  # @2
    Column('author_id', ForeignKey('author.id'), primary_key=True))  # @2


class Copy(Base):
    __tablename__ = 'copy'  # @1-6
    __tablename__ = 'item'  # @7
    id = Column(sa.Integer, sa.Identity(), primary_key=True)
    book_id = Column(sa.Integer, ForeignKey('book.id'), nullable=False)
    branch_id = Column(sa.Integer, ForeignKey('branch.id'), nullable=False, index=True)  # @4
    branch_id = Column(sa.Integer, ForeignKey('branch.id'), nullable=False)  # @1-3
    shelf = Column(sa.String(10))  # @1-8
    shelf = Column(sa.String(10), nullable=False, server_default='?')  # @9
    number = Column(sa.Integer, nullable=False, server_default='1')  # @3
    __table_args__ = (sa.UniqueConstraint('book_id', 'branch_id', 'number'),)  # @12-17


class Loan(Base):
    __tablename__ = 'loan'
    id = Column(sa.Integer, primary_key=True)
    copy_id = Column(sa.Integer, ForeignKey('copy.id'), nullable=False)  # @1-6
    copy_id = Column(sa.Integer, ForeignKey('item.id'), nullable=False)  # @7
    member_id = Column(sa.Integer, ForeignKey('member.id'), nullable=False)  # @1-12
    member_id = Column(sa.BigInteger, ForeignKey('member.id'), nullable=False)  # @13
    since = Column(sa.Date, nullable=False)  # @1-14
    since = Column(sa.DateTime(timezone=True), nullable=False)  # @15
    until = Column(sa.Date)  # @1
    extended = Column(sa.SmallInteger, nullable=False, server_default='0')  # @4-15
    extended = Column(sa.SmallInteger, nullable=False, server_default='1')  # @16
    __table_args__ = (sa.Index('loan_open', 'member_id', postgresql_where=sa.text('until IS NULL')),)  # @11


class Fine(Base):  # @4
    __tablename__ = 'fine'  # @4
    loan_id = Column(sa.Integer, ForeignKey('loan.id', ondelete='CASCADE'), primary_key=True)  # @4
    cents = Column(sa.Integer, nullable=False)  # @4-14
    cents = Column(sa.BigInteger, nullable=False)  # @15
    paid_on = Column(sa.Date)  # @4


class Visit(Base):  # @3-15
    __tablename__ = 'visit'  # @3-15
    id = Column(sa.Integer, primary_key=True)  # @3-15
    branch_id = Column(sa.Integer, ForeignKey('branch.id'))  # @3-15
    at = Column(sa.DateTime, server_default=sa.func.now())  # @3-15
